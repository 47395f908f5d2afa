"""The period that is counted when nobody chooses: the three years that end with the last report received."""

from datetime import date, timedelta

from layers.scope import Scope
from layers.selectors.iris_counts import reporting_period

DEFAULT_YEARS = 3


def default_period(scope: Scope) -> tuple[date, date]:
    """Give the first and the last day counted, for whoever reads the reports of ``scope``."""
    known = reporting_period(scope)
    until = known[1] if known else date.today()  # noqa: DTZ011 - a day, not an instant
    return years_before(until, DEFAULT_YEARS) + timedelta(days=1), until


def years_before(day: date, years: int) -> date:
    """Give the same day some years earlier; 29 February becomes the 28."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
