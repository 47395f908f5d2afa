"""``import_national --fetch`` brings whole départements from their producers, overseas too."""

import io
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from shapely import box

from benchmarks._departement import STEP, origin_of, write_departement, write_features
from cadastre_import.fetching.web import Web
from cadastre_import.management.commands import import_national
from layers.models import Address, Batiment, Parcelle
from tests.cadastre_import.fetching import official_layout as layout

pytestmark = pytest.mark.django_db(transaction=True)
PARCELLES = 60


@pytest.fixture
def producers(official, settings, tmp_path, monkeypatch, waits):
    """Give a server that has La Réunion whole, and the Ain without its addresses."""
    for departement in ("974", "01"):
        files = write_departement(tmp_path, departement, PARCELLES)
        commune = departement.ljust(4, "0") + "1"
        west, south = origin_of(departement)
        outline = {
            "type": "Feature",
            "geometry": box(west, south, west + PARCELLES * STEP, south + STEP).__geo_interface__,
            "properties": {"id": commune, "nom": f"COMMUNE {commune}"},
        }
        files.append(write_features(tmp_path / f"cadastre-{departement}-communes.json.gz", [outline]))
        for path in files:
            where = layout.departement_path(departement, path.name)
            official.files[where] = path.read_bytes()
    del official.files[layout.ban_path("01")]
    for name, value in layout.settings_of(official.url).items():
        setattr(settings, name, value)
    monkeypatch.setattr(import_national, "Web", partial(Web, sleep=waits.append))
    return official


def fetch(folder, *departements):
    output = io.StringIO()
    arguments = [str(folder), "--fetch", "--partitions", str(folder / "partitions")]
    arguments += ["--departements", *departements] if departements else []
    try:
        call_command("import_national", *arguments, "--workers", "1", stdout=output, verbosity=0)
    except CommandError as failure:
        return f"{output.getvalue()}\n{failure}"
    return output.getvalue()


def test_a_departement_comes_whole_and_is_not_asked_twice(producers, tmp_path):
    said = fetch(tmp_path / "files", "974")
    assert (Parcelle.objects.count(), Batiment.objects.count(), Address.objects.count()) == (60, 40, 30)
    assert said.count("téléchargés") == 4
    again = fetch(tmp_path / "files", "974")
    assert again.count("à jour, rien à télécharger") == 4
    assert again.count("rien à faire") == 4


def test_a_file_that_is_missing_does_not_stop_the_others(producers, tmp_path):
    said = fetch(tmp_path / "files", "974", "01")
    assert "ÉCHEC adresses du département 01" in said
    assert "à reprendre : adresses du département 01" in said
    assert (Parcelle.objects.count(), Address.objects.count()) == (120, 30)


def test_an_impossible_departement_is_refused_before_anything_is_asked(producers, tmp_path):
    assert "'20' n’est pas un code de département" in fetch(tmp_path / "files", "974", "20")
    assert "--fetch demande --departements" in fetch(tmp_path / "files")
    assert producers.requests == []
