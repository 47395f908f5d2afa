"""Compute the analyses of the whole base; run again on the same data, it changes nothing."""

from argparse import ArgumentTypeError
from datetime import date, timedelta

from django.core.management.base import BaseCommand, CommandError, CommandParser

from layers.errors import GeoLhiError
from layers.models import AnalysisRun, IrisResult
from layers.registry import IRIS_RATES
from layers.scope import Scope
from maps.services.default_runs import run_defaults
from maps.services.iris_rates import compute_iris_rates
from maps.services.period import DEFAULT_YEARS, default_period, years_before


class Command(BaseCommand):
    """``manage.py run_analyses [--du 2024-01-01] [--au 2026-12-31]``."""

    help = "Calcule les taux par IRIS de la carte, puis les analyses de toute la base."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the period; by default the three years that end with the last report received."""
        parser.add_argument("--du", type=_day, help="premier jour compté (aaaa-mm-jj)")
        parser.add_argument("--au", type=_day, help="dernier jour compté (aaaa-mm-jj)")

    def handle(self, *, du: date | None, au: date | None, **options: object) -> None:
        try:
            since, until = _period(du, au)
            newest = AnalysisRun.objects.latest_of(IRIS_RATES)
            run = compute_iris_rates(since, until)
        except GeoLhiError as error:
            raise CommandError(str(error)) from error
        self._say_rates(run, is_new=run != newest, since=since, until=until)
        for made in run_defaults(since, until):
            unit = made.planned.parameters.get("unit")
            name = f"{made.title}{f' ({unit})' if unit else ''}"
            if made.run is None:
                self.stdout.write(f"{name} : {made.reason}")
            elif made.is_new:
                rows = made.run.summary["rows"]
                self.stdout.write(f"{name} : {rows} lignes, {made.seconds:.1f} s (analyse n° {made.run.pk})")
            else:
                self.stdout.write(
                    f"{name} : rien n’a changé depuis l’analyse n° {made.run.pk} ({made.seconds:.1f} s)"
                )

    def _say_rates(self, run: AnalysisRun, *, is_new: bool, since: date, until: date) -> None:
        if not is_new:
            self.stdout.write(f"taux par IRIS : rien n’a changé depuis l’analyse n° {run.pk}")
            return
        summary = run.summary
        hot = sum(
            summary["hotspots"][name] for name in (IrisResult.Hotspot.HOT_99, IrisResult.Hotspot.HOT_95)
        )
        self.stdout.write(
            f"taux par IRIS, du {since:%d/%m/%Y} au {until:%d/%m/%Y} : {summary['reports']} signalements,"
            f" {summary['cases']} logements, {summary['iris']} IRIS dont {hot} en point chaud"
            f" (analyse n° {run.pk})"
        )


def _period(du: date | None, au: date | None) -> tuple[date, date]:
    first, last = default_period(Scope.whole())
    until = au or last
    since = du or (first if au is None else years_before(au, DEFAULT_YEARS) + timedelta(days=1))
    if since > until:
        raise CommandError(f"--du ({since}) est après --au ({until})")
    return since, until


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"une date « aaaa-mm-jj » est attendue, reçu : {text!r}") from None
