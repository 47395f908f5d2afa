"""The real files of Bondy, served in the official layout: what enters is the source minus the listed rejects."""

import csv
import gzip
import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command

from layers.models import Address, Commune, ImportReject, ImportRun, Iris, Parcelle
from tests.cadastre_import.fetching import official_layout as layout
from tests.cadastre_import.fetching.official_server import cut_after

REAL = Path(project.REAL_DATA_DIR)
BONDY = REAL / "bondy_93010"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not BONDY.is_dir(), reason=f"real files not found: {BONDY} (set GEO_LHI_REAL_DATA)"),
]

METROPOLE = "200054781"


def real(name: str) -> bytes:
    return (REAL / name).read_bytes()


@pytest.fixture
def producers(official, settings, tmp_path):
    """Give a server that has the real files; the cadastre's own outline and buildings are not among them."""
    cog = json.loads(gzip.decompress(real("admin/cog2026/communes.json.gz")))
    epcis = json.loads(gzip.decompress(real("admin/cog2026/epci.json.gz")))
    official.files |= layout.geo_answers(
        [c for c in cog if c["code"] == "93010" and c["type"] == "commune-actuelle"],
        [e for e in epcis if e["code"] == METROPOLE],
    )
    iris = json.loads(real("bondy_93010/zonages/iris_93010_CODE_IRIS_tx_pauvrete2019.geojson"))
    official.files[layout.iris_path("93010")] = layout.iris_answer(iris["features"])
    official.files[layout.cadastre_path("93010", "parcelles")] = real(
        "bondy_93010/cadastre/2025/cadastre-93010-parcelles.json.gz"
    )
    official.files[layout.ban_path("93")] = real("bondy_93010/ban/adresses-93010.csv.gz")
    for name, value in layout.settings_of(official.url).items():
        setattr(settings, name, value)
    settings.VAR_DIR = tmp_path
    return official


def fetch() -> str:
    output = io.StringIO()
    call_command("fetch_territory", "93010", stdout=output, verbosity=0)
    return output.getvalue()


def test_bondy_enters_from_its_producers(producers):
    parcelles = layout.cadastre_path("93010", "parcelles")
    producers.faults[parcelles] = [cut_after(300_000)]
    output = fetch()

    features = json.loads(gzip.decompress(producers.files[parcelles]))["features"]
    addresses = list(
        csv.DictReader(
            io.StringIO(gzip.decompress(producers.files[layout.ban_path("93")]).decode()), delimiter=";"
        )
    )
    toponyms = sum(row["numero"] == "99999" for row in addresses)
    rejected = {
        source: ImportReject.objects.filter(run__source=source).count()
        for source in ("parcelles", "ban", "iris")
    }
    assert Parcelle.objects.count() == len(features) - rejected["parcelles"]
    assert Address.objects.count() == len(addresses) - toponyms - rejected["ban"]
    assert Iris.objects.count() == 20 - rejected["iris"]
    assert sum(rejected.values()) < 10
    assert Commune.objects.get().epci_id == METROPOLE
    assert set(Parcelle.objects.values_list("millesime", flat=True)) == {date(2025, 10, 1)}

    first, second = producers.asked(parcelles)
    assert (first.sent, second.sent) == (300_000, len(producers.files[parcelles]) - 300_000)
    assert "batiments 93010 : absent chez le producteur" in output
    assert "import_source epci ept.json" in output


def test_bondy_again_downloads_and_imports_nothing(producers):
    fetch()
    runs, asked = ImportRun.objects.count(), len(producers.requests)
    fetch()
    again = producers.requests[asked:]
    assert {request.status for request in again} == {304, 404}
    assert sum(request.sent for request in again if request.status == 304) == 0
    assert ImportRun.objects.count() == runs
