"""Two partners who must not read each other, and what each row of theirs would betray.

Each report and order carries an unguessable token in every text it has; each rate counts a number of reports
that no other has. A token of the one in an answer to the other is a leak, whatever the format.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Permission
from django.db.models import CharField, TextField
from django.utils import timezone
from rasterio import Affine
from rasterio.io import MemoryFile

from geo_lhi.accounts.models import TokenScope, User
from geo_lhi.accounts.scopes import scope_of
from geo_lhi.accounts.tokens import issue
from layers.models import (
    AnalysisRequest,
    AnalysisRun,
    AnalysisSurface,
    Arrete,
    Commune,
    ExportRequest,
    Iris,
    IrisResult,
    Partner,
    Signalement,
    UnitKind,
    Upload,
)
from tests.factories import (
    AddressFactory,
    AffectationFactory,
    AnalysisRequestFactory,
    AnalysisResultFactory,
    AnalysisRunFactory,
    AnchorFactory,
    ArreteFactory,
    BatimentFactory,
    CommuneFactory,
    DesordreFactory,
    EpciFactory,
    GeocodingFactory,
    ImportRejectFactory,
    ImportRunFactory,
    IndicatorFactory,
    IrisFactory,
    IrisResultFactory,
    ParcelleFactory,
    PartnerFactory,
    PriorityRunFactory,
    SectionFactory,
    SignalementFactory,
    TauxRunFactory,
    UploadFactory,
    UserFactory,
    VisitFactory,
    ZoneFactory,
    point,
    square,
)

TOKEN_BYTES = 5  # ten characters: they fit in a declared postcode
STEP_M = 5000  # between the two communes


@dataclass
class Side:
    """What lies in one partner's perimeter."""

    commune: Commune
    iris: Iris
    user: User
    x: int
    places: dict[str, str] = field(default_factory=dict)
    """The code of a parcelle, a building and an address where the first report and the first order are."""
    reports: list[Signalement] = field(default_factory=list)
    orders: list[Arrete] = field(default_factory=list)
    results: list[IrisResult] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    runs: list[AnalysisRun] = field(default_factory=list)
    """Analyses of this side's perimeter, then those on the whole base, which both sides share."""
    priorities: list[AnalysisRun] = field(default_factory=list)
    """Rankings, in the same order."""
    requests: list[AnalysisRequest] = field(default_factory=list)
    exports: list[ExportRequest] = field(default_factory=list)
    """Files that a worker made, or is asked to make."""
    rates: set[str] = field(default_factory=set)
    """Counts of generic rows, as unguessable as those of the rates by IRIS."""
    tokens: set[str] = field(default_factory=set)

    @property
    def figures(self) -> set[str]:
        """Give the counts that betray a rate."""
        return {str(result.cases) for result in self.results} | self.rates


@dataclass
class World:
    """Both sides, and the readers by role."""

    here: Side
    there: Side
    administrator: User
    without_partner: User

    @property
    def readers(self) -> dict[str, User | AnonymousUser]:
        """Give a reader for each role."""
        return {
            "anonymous": AnonymousUser(),
            "without partner": self.without_partner,
            "here": self.here.user,
            "there": self.there.user,
            "administrator": self.administrator,
        }

    def visible_to(self, role: str) -> list[Side]:
        """Say, without the code that is tested, which sides a role may read."""
        return {"here": [self.here], "there": [self.there], "administrator": [self.here, self.there]}.get(
            role, []
        )

    @property
    def sides(self) -> tuple[Side, Side]:
        """Give both sides."""
        return self.here, self.there

    def kept_from(self, role: str) -> tuple[set[str], set[str]]:
        """Give the tokens and the figures that a role must find nowhere."""
        hidden = self.hidden_from(role)
        tokens = {token for side in hidden for token in side.tokens}
        return tokens, {figure for side in hidden for figure in side.figures}

    def hidden_from(self, role: str) -> list[Side]:
        """Give the other sides."""
        visible = self.visible_to(role)
        return [side for side in (self.here, self.there) if side not in visible]


def build_world() -> World:
    """Make the two sides, in one EPCI: its page and its rates are half visible to each."""
    epci, run = EpciFactory(nom="Pays commun"), AnalysisRunFactory()
    shared, ranking = TauxRunFactory(), PriorityRunFactory()
    here = _side("ici", 0, epci, run)
    here.user.user_permissions.add(Permission.objects.get(codename="import_files"))
    there = _side("ailleurs", STEP_M, epci, run)
    for side in (here, there):
        _analyses(side, shared)
        lay_exports(side)
        _rankings(side, ranking)
    return World(
        here=here,
        there=there,
        administrator=UserFactory(username="admin", is_staff=True, is_superuser=True),
        without_partner=UserFactory(username="sans"),
    )


def _side(name: str, x: int, epci: Any, run: Any) -> Side:
    commune = CommuneFactory(nom=f"Commune {name}", epci=epci, geom=square(x, 0, 1000))
    iris = IrisFactory(commune=commune, geom=square(x, 0, 1000))
    partner = PartnerFactory(nom=f"Partenaire {name}", communes=[commune])
    side = Side(commune, iris, UserFactory(username=name, partner=partner), x)
    lay_ground(side)
    issue(side.user, draw_token(side), TokenScope, timezone.localdate() + timedelta(days=1))
    for n in range(3):
        lay_report(side, n)
        lay_order(side, n)
    for status in (Upload.Status.RECEIVED, Upload.Status.DONE, Upload.Status.FAILED, Upload.Status.WAITING):
        lay_upload(side, status)
    cases = 1_100_000_000 + secrets.randbelow(1_000_000_000)  # ten digits: no coordinate looks like it
    side.results.append(IrisResultFactory(run=run, iris=iris, cases=cases))
    return side


def lay_ground(side: Side) -> None:
    """Lay the open data: everyone who is signed in reads it."""
    commune, x = side.commune, side.x
    IndicatorFactory(territoire_code=side.iris.code)
    ZoneFactory(geom=square(x, 0, 500))
    SectionFactory(commune=commune, geom=square(x, 0, 200))
    side.places = {
        "parcelle": ParcelleFactory(commune=commune, geom=square(x, 0, 10)).idu,
        "batiment": BatimentFactory(commune=commune, geom=square(x + 2, 2, 5)).code,
        "adresse": AddressFactory(voie__commune=commune, geom=point(x + 5, 0)).ban_id,
    }


def lay_report(side: Side, n: int, **fields: Any) -> Signalement:
    """Lay a report and all that hangs on it, of which every text is a token; the first is at the places."""
    token = draw_token(side)
    report = SignalementFactory(
        **{
            "commune": side.commune,
            "geom": point(side.x + 5 + 10 * n, 5),
            "needs_review": True,
            "etiquettes": [token],
            **_betraying(Signalement, token, keep={"parc", "precision", "status"}),
            **fields,
        }
    )
    DesordreFactory(signalement=report, label=token)
    GeocodingFactory(
        signalement=report,
        query=token,
        label=token,
        provider=token,
        score=0.42,
        ban_id=token,
        alternatives=[{"label": token, "score": 0.4}],
    )
    AnchorFactory(signalement=report, place_code=side.iris.code)
    AnchorFactory(signalement=report, kind="parcelle", place_code=token)
    VisitFactory(signalement=report, partner=token)
    AffectationFactory(signalement=report, partner=token, partner_type=Partner.Type.ARS)
    if n == 0:
        for kind, place in (("parcelle", "parcelle"), ("batiment", "batiment"), ("address", "adresse")):
            AnchorFactory(signalement=report, kind=kind, place_code=side.places[place])
    side.reports.append(report)
    return report


def lay_order(side: Side, n: int, **fields: Any) -> Arrete:
    """Lay an order; the first is on the parcelle."""
    texts = _betraying(Arrete, draw_token(side), keep={"type"})
    if n == 0:
        texts["idu"] = side.places["parcelle"]
    placed = {"commune": side.commune, "geom": point(side.x + 5 + 10 * n, 8)}
    order = ArreteFactory(**placed | texts | fields)
    side.orders.append(order)
    return order


def lay_upload(side: Side, status: str) -> Upload:
    """Lay a file given by the user of this side, with its import if it was done."""
    token = draw_token(side)
    run = None
    if status == Upload.Status.DONE:
        run = ImportRunFactory(source="signal-logement", file_name=token, message=token)
        ImportRejectFactory(run=run, reason=token, content=token)
    upload = UploadFactory(
        sender=side.user,
        partner=side.user.partner,
        file_name=f"{token}.csv",
        status=status,
        message=token,
        run=run,
    )
    side.uploads.append(upload)
    return upload


def _rankings(side: Side, shared: AnalysisRun) -> None:
    """Rank a building of this side, in its perimeter and in the whole base."""
    token = draw_token(side)
    facts, notes = [["Lieux classés", draw_figure(side), "", 0]], [token]
    own = PriorityRunFactory(
        title=token,
        everything=False,
        communes=[side.commune.code],
        author=side.user,
        summary={"rows": 2, "unit": "batiment", "facts": facts, "notes": notes, "cuts": {}},
    )
    for run in (own, shared):
        AnalysisResultFactory(
            run=run,
            position=side.x,
            unit_kind=UnitKind.BATIMENT,
            unit_code=side.places["batiment"],
            label=draw_token(side),
            category="sensible",
            communes=[side.commune.code],
            figures={
                "rang_besoin": 1.0,
                "rang_bas": 1.0,
                "rang_haut": 2.0,
                "p_tete": 0.5,
                "besoin": 50.0,
                "capacite": 0.0,
                "points_gravite": 50.0,
                "gravite": draw_figure(side),
            },
            geom=point(side.x + 5, 5),
        )
    side.priorities += [own, shared]


def raster_file(x: float, title: str) -> bytes:
    """Give a small GeoTIFF at the side's place, whose title is in its tags."""
    west, south, east, north = square(x, 0, 400).extent
    placed = Affine((east - west) / 4, 0, west, 0, (south - north) / 4, north)
    profile = {"width": 4, "height": 4, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "nodata": -9999}
    with MemoryFile() as file:
        with file.open(driver="GTiff", transform=placed, **profile) as raster:
            raster.write(np.full((1, 4, 4), 12, np.float32))
            raster.update_tags(TITRE=title)
        return bytes(file.read())


def _analyses(side: Side, shared: AnalysisRun) -> None:
    """Analyse this side alone, give it rows of an analysis of the whole base, and two requests."""
    token = draw_token(side)
    facts = [["Total", draw_figure(side), "", 0]]
    own = TauxRunFactory(
        title=token,
        everything=False,
        communes=[side.commune.code],
        author=side.user,
        summary={"rows": 3, "unit": "iris", "facts": facts, "notes": [token], "cuts": {"rate": [5.0]}},
    )
    AnalysisSurface.objects.create(run=own, unit=token, geotiff=raster_file(side.x, token))
    for run in (own, shared):
        for n, (kind, code, shape) in enumerate(
            (
                (UnitKind.IRIS, side.iris.code, None),
                (UnitKind.BATIMENT, side.places["batiment"], point(side.x + 5, 5)),
                (UnitKind.CLUSTER, draw_token(side), square(side.x, 0, 100)),
            )
        ):
            AnalysisResultFactory(
                run=run,
                position=n + 10 * side.x,
                unit_kind=kind,
                unit_code=code,
                label=draw_token(side),
                communes=[side.commune.code],
                figures={"cases": draw_figure(side), "rate": 12.0, "smoothed": 11.0},
                geom=shape,
            )
    side.runs += [own, shared]
    lay_requests(side)


def lay_requests(side: Side) -> None:
    """Ask two analyses, one of which failed."""
    for status in (AnalysisRequest.Status.WAITING, AnalysisRequest.Status.FAILED):
        side.requests.append(
            AnalysisRequestFactory(
                author=side.user, title=draw_token(side), message=draw_token(side), status=status
            )
        )


def lay_exports(side: Side) -> None:
    """Ask two files, one of which is there, with a token as its content."""
    token = draw_token(side)
    folder = settings.EXPORT_FILES_DIR / token
    folder.mkdir(parents=True)
    (folder / "signalements.csv").write_text(token)
    fields = {
        "author": side.user,
        "layers": ["signalements"],
        "format": "csv",
        "srid": 4326,
        "message": token,
    }
    done = ExportRequest.objects.create(
        **fields,
        status=ExportRequest.Status.DONE,
        rights=scope_of(side.user).version,
        folder=token,
        file_name="signalements.csv",
        size=len(token),
        expires_at=timezone.now() + timedelta(days=1),
    )
    side.exports += [done, ExportRequest.objects.create(**fields, filters={"territoire": draw_token(side)})]


def draw_figure(side: Side) -> int:
    """Draw a count that betrays this side."""
    figure = 1_100_000_000 + secrets.randbelow(1_000_000_000)  # ten digits: no coordinate looks like it
    side.rates.add(str(figure))
    return figure


def _betraying(model: Any, token: str, keep: set[str]) -> dict[str, str]:
    """Give a token for every text of a model that is long enough, but ``keep`` (codes with a meaning)."""
    texts = (found for found in model._meta.fields if isinstance(found, CharField | TextField))
    return {
        found.name: token
        for found in texts
        if found.name not in keep and (found.max_length or len(token)) >= len(token)
    }


def draw_token(side: Side) -> str:
    """Draw a token that betrays this side."""
    token = secrets.token_hex(TOKEN_BYTES)
    side.tokens.add(token)
    return token
