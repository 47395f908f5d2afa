"""The town that the pages of analyses show, and the form that launches one."""

from layers.models import AnalysisResult
from tests.factories import (
    AnchorFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    square,
)

YEAR = {"since": "2026-01-01", "until": "2026-12-31", "unit": "iris"}
FORM = YEAR | {"perimetre": "", "titre": "Essai", "zone_type": "QPV", "denominator": "dwellings"}
FORM |= {"family": "", "conclusion": "", "partner": "", "level": "95", "min_probability": "0,8"}


def populate(commune, x, cases):
    for n, count in enumerate(cases):
        code = f"{commune.code}{n:04d}"
        IrisFactory(commune=commune, code=code, nom=f"Îlot {code}", geom=square(x + 400 * n, 0, 400))
        IndicatorFactory(territoire_code=code, value=500)
        for _ in range(count):
            AnchorFactory(signalement=SignalementFactory(commune=commune), place_code=code)


def codes(scope=None) -> set[str]:
    rows = (
        AnalysisResult.objects.unscoped("essai")
        if scope is None
        else AnalysisResult.objects.visible_to(scope)
    )
    return set(rows.order_by("pk").values_list("unit_code", flat=True))
