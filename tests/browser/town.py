"""The town that the browser tests look at: nine IRIS in a square, their colours known."""

from dataclasses import dataclass
from datetime import date

from geo_lhi.accounts.models import User
from layers.models import IrisResult, Signalement
from layers.registry import IRIS_RATES
from tests.factories import (
    AddressFactory,
    AnalysisRunFactory,
    AnchorFactory,
    BatimentFactory,
    CommuneFactory,
    GeocodingFactory,
    IndicatorFactory,
    IrisFactory,
    IrisResultFactory,
    ParcelleFactory,
    PartnerFactory,
    SignalementFactory,
    UserFactory,
    point,
    square,
)

SIDE = 1500  # metres of an IRIS
CUTS = [10.0, 20.0, 30.0, 40.0]
RATES = (5.0, 15.0, 25.0, 35.0, 45.0, 5.0, 15.0, 25.0, None)
HOT, COLD = 4, 0
OPEN_AT, CLOSED_AT = (2250, 2250), (600, 600)  # in the hot IRIS, in the cold one


@dataclass(frozen=True)
class Town:
    """What a test needs to know of it."""

    user: User
    commune: str
    open_reports: int
    closed_reports: int
    middle: tuple[float, float]
    """Longitude and latitude of the parcelle where the open reports are."""


def build_town() -> Town:
    """Write the town in the database."""
    commune = CommuneFactory(code="01001", nom="Bourg-l’Essai", geom=square(0, 0, 3 * SIDE))
    run = AnalysisRunFactory(
        method=IRIS_RATES,
        summary={"smoothed_cuts": CUTS, "overall_per_1000": 18.0},
        parameters={"since": "2025-01-01", "until": "2025-12-31"},
    )
    for n, rate in enumerate(RATES):
        _iris(commune, run, n, rate)
    ParcelleFactory(commune=commune, idu="01001000AB0012", geom=square(2230, 2230, 40))
    BatimentFactory(commune=commune, geom=square(2240, 2240, 20))
    AddressFactory(voie__commune=commune, voie__nom="Rue de l’Essai", numero=7, geom=point(2250, 2232))
    for n in range(12):
        _report(commune, f"OUVERT-{n:02d}", OPEN_AT, Signalement.Status.ACTIVE, date(2026, 1, 1 + n))
    for n in range(5):
        _report(commune, f"CLOS-{n:02d}", CLOSED_AT, Signalement.Status.CLOSED, date(2024, 1, 1 + n))
    user = UserFactory(username="camille", partner=PartnerFactory(nom="Ville d’Essai", communes=[commune]))
    middle = point(*OPEN_AT)
    return Town(user, commune.code, 12, 5, (middle.x, middle.y))


def _iris(commune, run, n: int, rate: float | None) -> None:
    shape = square(SIDE * (n % 3), SIDE * (n // 3), SIDE)
    iris = IrisFactory(commune=commune, code=f"01001{n:04d}", nom=f"Quartier {n}", geom=shape)
    classes = {HOT: IrisResult.Hotspot.HOT_99, COLD: IrisResult.Hotspot.COLD_99}
    figures = {"smoothed_per_1000": rate, "hotspot": classes.get(n, IrisResult.Hotspot.NOT_SIGNIFICANT)}
    if rate is None:
        unknown = ("dwellings", "rate_per_1000", "low_per_1000", "high_per_1000", "exceedance", "z")
        figures |= dict.fromkeys(unknown) | {"hotspot": IrisResult.Hotspot.NOT_TESTED}
    else:
        IndicatorFactory(territoire_code=iris.code, value=1000)
    IrisResultFactory(run=run, iris=iris, **figures)


def _report(commune, reference: str, at: tuple[int, int], status: str, day: date) -> None:
    number = int(reference[-2:])
    report = SignalementFactory(
        commune=commune,
        reference=reference,
        status=status,
        received_on=day,
        adresse=f"{number + 1} rue de l’Essai",
        geom=point(at[0] + 2 * (number % 4), at[1] + 2 * (number // 4)),
    )
    GeocodingFactory(signalement=report)
    AnchorFactory(signalement=report, kind="parcelle", place_code="01001000AB0012", method="cad_parcelles")
