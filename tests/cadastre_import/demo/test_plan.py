"""The territory is invented, and says so in its codes."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings

from cadastre_import.demo.clusters import MONTHS, RECIPES
from cadastre_import.demo.mesh import build_secteurs
from cadastre_import.demo.plan import COMMUNES, EPCI_NAME, communes_kept
from cadastre_import.demo.registers import EPCI_SIREN, commune_siren, siren
from cadastre_import.demo.zonings import PERIMETERS, QPV

LAST_REAL_COMMUNE = 248  # of the Indre, in the geographic code of 2026
COG = Path(settings.REAL_DATA_DIR) / "admin/cog2026"


def every_code_and_name():
    absorbed = [commune.absorbed for commune in COMMUNES if commune.absorbed]
    return [*((commune.insee, commune.name) for commune in COMMUNES), *absorbed]


def test_commune_numbers_lie_above_the_real_ones():
    codes = [code for code, _ in every_code_and_name()]
    assert len(set(codes)) == 7
    assert all(code[:2] == "36" and int(code[2:]) > LAST_REAL_COMMUNE for code in codes)


@pytest.mark.skipif(
    not COG.is_dir(),
    reason=f"le code officiel géographique n’est pas dans {COG} (réglage GEO_LHI_REAL_DATA)",
)
def test_no_commune_and_no_epci_of_france_has_these_codes_or_names():
    def read(name):
        return json.loads(gzip.decompress((COG / name).read_bytes()))

    communes, epci = read("communes.json.gz"), read("epci.json.gz")
    codes = {commune["code"] for commune in communes}
    codes |= {code for commune in communes for code in commune.get("anciensCodes", ())}
    sirens = {commune.get("siren") for commune in communes} | {group["code"] for group in epci}
    postcodes = {postcode for commune in communes for postcode in commune.get("codesPostaux", ())}
    names = {commune["nom"] for commune in communes}
    for code, name in every_code_and_name():
        assert code not in codes
        assert name not in names
    assert not postcodes & {commune.postcode for commune in COMMUNES}
    assert not sirens & {EPCI_SIREN, *map(commune_siren, COMMUNES)}


def test_siren_key_is_that_of_real_communes():
    assert siren("21360001") == "213600018"  # Aigurande
    assert siren("21930010") == "219300100"  # Bondy


def test_the_epci_says_that_it_is_invented():
    assert "inventé" in EPCI_NAME


def test_every_iris_of_the_plan_has_a_name_and_a_type():
    for commune in COMMUNES:
        letters = {letter for band in commune.bands for row in band.iris for letter in row}
        assert len(letters) == len(commune.iris_names) == len(commune.iris_types)
        for band in commune.bands:
            assert all(len(row) == len(band.angles) - 1 for row in (*band.iris, *band.uses))
            assert len(band.iris) == len(band.uses) == len(band.radii) - 1
            assert all(low < high for low, high in pairwise(band.angles))


def test_about_sixty_iris_of_four_types():
    secteurs = build_secteurs(COMMUNES)
    assert 55 <= len({secteur.iris_code for secteur in secteurs}) <= 70
    assert {kind for commune in COMMUNES for kind in commune.iris_types} == set("HADZ")
    undivided = {secteur.iris for secteur in secteurs if secteur.commune.iris_types == "Z"}
    assert undivided == {"0000"}


def test_clusters_and_perimeters_lie_in_iris_that_exist():
    codes = {secteur.iris_code for secteur in build_secteurs(COMMUNES)}
    planted = {code for recipe in RECIPES for code in recipe.iris}
    drawn = {insee + iris for _, _, insee, several in QPV for iris in several}
    drawn |= {perimeter.insee + iris for perimeter in PERIMETERS for iris in perimeter.iris}
    assert planted | drawn <= codes


def test_planted_clusters_differ_in_size_strength_and_time():
    assert {recipe.relative_risk for recipe in RECIPES} >= {2.0, 3.0, 5.0}
    assert {bool(recipe.blocks) for recipe in RECIPES} == {True, False}
    assert any(recipe.first_month == MONTHS - 12 for recipe in RECIPES), "un foyer émergent"
    assert any(recipe.last_month < MONTHS - 12 for recipe in RECIPES), "un foyer éteint"


def test_a_smaller_territory_is_a_part_of_the_whole():
    kept = [set(communes_kept(count)) for count in range(1, 7)]
    assert all(small < large for small, large in pairwise(kept))
    assert kept[-1] == set(COMMUNES)
