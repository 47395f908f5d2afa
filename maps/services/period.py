"""The period that is counted when nobody chooses: the three years that end with the last report received."""

from datetime import date, timedelta

from django.utils import timezone

from layers.scope import Scope
from layers.selectors.iris_counts import reporting_period
from maps.analysis.disclosure import closed_years

DEFAULT_YEARS = 3


def default_period(scope: Scope) -> tuple[date, date]:
    """Give the first and the last day counted, for whoever reads the reports of ``scope``."""
    known = reporting_period(scope)
    until = known[1] if known else date.today()  # noqa: DTZ011 - a day, not an instant
    return years_before(until, DEFAULT_YEARS) + timedelta(days=1), until


def closed_period(scope: Scope) -> tuple[date, date] | None:
    """Give the first and last day of the last closed years of a reader: what leaves the partners counts them.

    None while no year is closed. Its days do not move with each import, so two documents of one year are the same.
    """
    known = reporting_period(scope)
    years = closed_years(known[0].year, timezone.localdate())[-DEFAULT_YEARS:] if known else []
    return (date(years[0], 1, 1), date(years[-1], 12, 31)) if years else None


def years_before(day: date, years: int) -> date:
    """Give the same day some years earlier; 29 February becomes the 28."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
