"""Every hostile file through the page: what it must do is done, said in French, and never an error of the server."""

from pathlib import Path

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cadastre_import.deposits.importing import import_upload
from layers.models import ImportRun, Upload
from tests.cadastre_import import test_hostile_archives as archives
from tests.cadastre_import import test_hostile_csv as tables
from tests.cadastre_import import test_hostile_geojson as features
from tests.cadastre_import.hostile_files import FOLDER, NEEDED, hostile
from tests.factories import CommuneFactory

pytestmark = [pytest.mark.django_db, NEEDED]

SOURCES = {"csv": "signal-logement-import", "geojson": "parcelles", "archive": "perimetres"}
REFUSED = {
    **tables.REFUSED,
    **features.REFUSED,
    **archives.REFUSED,
    archives.EDIGEO: "le nom officiel est attendu",
}
DAMAGED = {**tables.DAMAGED, **features.DAMAGED}
FOREIGN = {
    "00_good.jpg": "une image JPEG",
    "02_svg_script_as.png": "format inattendu",
    "03_jpeg_html_polyglot.jpg": "une image JPEG",
    "04_exif_gps.jpg": "une image JPEG",
    "05_pdf_html_polyglot.pdf": "un PDF",
    "07_png_pixel_bomb_30000.png": "une image PNG",
    "08_truncated.jpg": "une image JPEG",
    "09_zero_byte.jpg": "fichier vide",
}
AT_THE_DOOR = {"22_empty.csv", "16_vrt_as_geojson.geojson"}


def entries(*kinds: str) -> dict[str, dict]:
    return {name: entry for kind in kinds for name, entry in hostile(kind).items()}


@pytest.fixture(autouse=True)
def _communes(importer):
    marseille = MultiPolygon(Polygon.from_bbox((5.22, 43.16, 5.54, 43.40)))
    CommuneFactory(code="13055", geom=marseille)
    CommuneFactory(code="74010", geom=None, anciens_codes=["74011"])
    for code in ("2A004", "2B033", "97411", "69382", "13201", "75110", "01004"):
        CommuneFactory(code=code, geom=None)


def send(client, entry):
    path = FOLDER / entry["file"]
    file = SimpleUploadedFile(path.name, path.read_bytes())
    return client.post(reverse("upload-receive"), {"fichier": file}, headers={"accept": "application/json"})


@pytest.mark.parametrize("name", sorted(entries("csv", "geojson", "archive")))
def test_a_hostile_file_through_the_page(client, name):
    entry = entries("csv", "geojson", "archive")[name]
    received = send(client, entry)
    if name in AT_THE_DOOR:
        assert received.status_code == 422
        assert REFUSED[name] in received.json()["detail"]
        return
    assert received.status_code == 201
    upload = Upload.objects.get()
    source = "edigeo-parcelles" if name == archives.EDIGEO else SOURCES[entry["kind"]]
    assert client.post(reverse("upload-start", args=[upload.pk]), {"source": source}).status_code == 302
    import_upload(upload.pk)
    upload.refresh_from_db()
    told = client.get(reverse("upload", args=[upload.pk])).content.decode()
    assert Path(name).name in told
    if name in REFUSED:
        assert (upload.status, upload.run.status) == ("failed", "failed")
        assert REFUSED[name] in upload.message
        assert "rien n’a été changé" in told
        assert client.get(reverse("import-run", args=[upload.run_id])).status_code == 200
        return
    assert upload.status == "done", upload.message
    run = client.get(reverse("import-run", args=[upload.run_id])).content.decode()
    if name in DAMAGED:
        kept, lines = DAMAGED[name]
        assert upload.run.rejected == len(lines)
        assert upload.run.read == kept + len(lines)
        assert all(f">{line}<" in run for line in lines)
    else:
        assert upload.run.rejected >= 1
        assert "Rejets et que faire" in run


@pytest.mark.parametrize("name", sorted(entries("attachment")))
def test_a_photo_or_a_pdf_is_no_data(client, spool_dir, name):
    received = send(client, entries("attachment")[name])
    assert received.status_code == 422
    assert FOREIGN[name] in received.json()["detail"]
    assert [path for path in spool_dir.rglob("*") if path.is_file()] == []
    assert not Upload.objects.exists()
    assert not ImportRun.objects.exists()
