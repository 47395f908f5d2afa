"""Real Bondy: how many spoilt addresses come back to their house number, how many reports to their parcelle."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest
import shapely
from django.conf import settings
from pyproj import Geod, Transformer

from cadastre_import.anchoring import anchor_signalements
from cadastre_import.geocoding.embedded import ACCEPTED, EmbeddedGeocoder
from cadastre_import.geocoding.provider import HOUSENUMBER, Query
from cadastre_import.geocoding.service import geocode_signalements
from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.crs import LAMBERT93, WGS84
from layers.models import Anchor, Geocoding, Parcelle
from tests.cadastre_import.geocoding.typing_mistakes import MISTAKES, mojibake, spoil
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db

BONDY = Path(settings.REAL_DATA_DIR) / "bondy_93010"
needs_real_files = pytest.mark.skipif(
    not BONDY.is_dir(),
    reason=f"les fichiers réels ne sont pas dans {settings.REAL_DATA_DIR} (réglage GEO_LHI_REAL_DATA)",
)
REPORTS = 500
# A whole file of double encoded accents is refused at import
TYPED = [mistake for mistake in MISTAKES if mistake is not mojibake]
EXPORT = ("Référence", "Déposé le", "Statut", "Adresse", "Code postal", "Commune", "Code INSEE")


@pytest.fixture
def bondy():
    CommuneFactory(code="93010", nom="Bondy", departement="93", codes_postaux=["93140"], geom=None)
    run_import(SOURCES["ban"], BONDY / "ban/adresses-93010.csv.gz")


@pytest.fixture
def told(capsys):
    """Give the function that prints a figure whatever pytest captures."""

    def tell(sentence: str) -> None:
        with capsys.disabled():
            print(f"\n    {sentence}", end="")

    return tell


@needs_real_files
def test_spoilt_addresses_come_back_to_their_house_number_and_their_parcelle(bondy, tmp_path, told):
    run_import(SOURCES["parcelles"], BONDY / "cadastre/2025/cadastre-93010-parcelles.json.gz")
    random = Random(93010)
    drawn = random.sample(list(ban_rows()), REPORTS)
    export = tmp_path / "signalements.csv"
    with export.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(EXPORT)
        for n, row in enumerate(drawn):
            line = spoil(random, f"{row['numero']}{row['rep']} {row['nom_voie']}", TYPED)
            writer.writerow(
                (f"2026-{n}", "02/03/2026", "en cours", line, "93140", "Bondy", random.choice(("93010", "")))
            )
    imported = run_import(SOURCES["signal-logement"], export)
    assert (imported.added, imported.rejects) == (REPORTS, [])

    geocode_signalements()
    anchor_signalements()

    truth = {f"2026-{n}": row["id"] for n, row in enumerate(drawn)}
    answers = Geocoding.objects.values_list("signalement__reference", "kind", "ban_id", "score")
    right = sum(kind == HOUSENUMBER and truth[reference] == ban_id for reference, kind, ban_id, _ in answers)
    sure = [(r, b) for r, kind, b, score in answers if kind == HOUSENUMBER and score >= ACCEPTED]
    sure_and_right = sum(truth[reference] == ban_id for reference, ban_id in sure)

    parcelles = dict(zip(truth, true_parcelles(drawn), strict=True))
    retained = dict(
        Anchor.objects.filter(kind="parcelle", is_best=True).values_list(
            "signalement__reference", "place_code"
        )
    )
    anchored = sum(retained.get(reference) in places for reference, places in parcelles.items())

    told(f"{right / REPORTS:.1%} des {REPORTS} adresses gâtées retrouvées au bon numéro")
    told(
        f"{len(sure) / REPORTS:.1%} sûres (score ≥ {ACCEPTED}), dont {sure_and_right / len(sure):.1%} justes"
    )
    told(f"{anchored / REPORTS:.1%} des signalements ancrés à la bonne parcelle")
    assert right / REPORTS >= 0.98
    assert sure_and_right / len(sure) >= 0.995
    assert len(sure) / REPORTS >= 0.97
    assert anchored / REPORTS >= 0.98


@needs_real_files
def test_addresses_of_social_landlords_are_found_where_the_insee_puts_them(bondy, told):
    """RPLS: written by landlords, placed by the Insee; its positions are another geocoder's, not the ground's."""
    apart_m = np.array(rpls_apart_m(EmbeddedGeocoder()))
    within_50, within_150 = (np.mean(apart_m <= limit) for limit in (50, 150))
    told(
        f"RPLS, {len(apart_m)} adresses : {within_50:.1%} à moins de 50 m, {within_150:.1%} à moins de 150 m"
    )
    assert len(apart_m) > 500
    assert within_50 >= 0.87
    assert within_150 >= 0.97


def ban_rows() -> Iterator[dict[str, str]]:
    """Give the rows of the real BAN file."""
    with gzip.open(BONDY / "ban/adresses-93010.csv.gz", "rt", encoding="utf-8") as stream:
        yield from csv.DictReader(stream, delimiter=";")


def true_parcelles(rows: list[dict[str, str]]) -> list[set[str]]:
    """Give the parcelles of each address: those that the BAN declares, else the nearest, measured in Lambert-93."""
    to_metres = Transformer.from_crs(WGS84, LAMBERT93, always_xy=True)
    idus, shapes = zip(*Parcelle.objects.order_by("idu").values_list("idu", "geom"), strict=True)
    plots = shapely.from_wkb([bytes(shape.wkb) for shape in shapes])
    plots = shapely.transform(plots, to_metres.transform, interleaved=False)
    degrees = np.array([(row["lon"], row["lat"]) for row in rows], dtype=float).T
    points = shapely.points(*to_metres.transform(*degrees))
    nearest: list[set[str]] = [set() for _ in rows]
    for row, plot in shapely.STRtree(plots).query_nearest(points).T:
        nearest[row].add(idus[plot])
    declared = [set((row["cad_parcelles"] or "").split("|")) & set(idus) for row in rows]
    return [ours or near for ours, near in zip(declared, nearest, strict=True)]


def rpls_apart_m(geocoder: EmbeddedGeocoder) -> list[float]:
    """Give how far from the Insee's position each address of the RPLS is found, in metres."""
    places = rpls_places()
    answers = geocoder.search_many([Query(line, "93140", "93010", "Bondy") for line in places])
    to_degrees = Transformer.from_crs(LAMBERT93, WGS84, always_xy=True)
    ellipsoid = Geod(ellps="GRS80")
    return [
        ellipsoid.inv(*to_degrees.transform(*place), answer.lon, answer.lat)[2] if answer else np.inf
        for place, answer in zip(places.values(), answers, strict=True)
    ]


def rpls_places() -> dict[str, tuple[float, float]]:
    """Give the distinct addresses of the dwellings of Bondy that the Insee placed at best, with their position."""
    with gzip.open(BONDY / "rpls/rpls2021_Bondy.csv.gz", "rt", encoding="utf-8", errors="replace") as stream:
        rows = [
            row for row in csv.DictReader(stream) if row["QUALITE_XY"] == "11" and row["X"] not in ("", "NA")
        ]
    columns = ("NUMVOIE", "INDREP", "TYPVOIE", "NOMVOIE")
    return {
        " ".join(row[name] for name in columns if row[name] not in ("", "NA")): (
            float(row["X"]),
            float(row["Y"]),
        )
        for row in rows
    }
