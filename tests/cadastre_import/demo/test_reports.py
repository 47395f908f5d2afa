"""The reports: filled as Signal Logement fills them, true to the planted clusters, and of no real person."""

import json
import re
from collections import Counter
from datetime import datetime

import numpy as np
import pytest
from scipy import stats

from cadastre_import.demo.addresses import Address, Street
from cadastre_import.demo.clusters import END, START, month_profile
from cadastre_import.demo.misspelling import RATES, write_address
from cadastre_import.demo.plan import COMMUNES, CORVENNES

from .conftest import table

FICTION = re.compile(r"(063998|019900)\d{4}")  # ranges the telecom regulator keeps for fiction


def day(text):
    return datetime.strptime(text, "%d/%m/%Y").date()


def test_the_export_has_the_70_columns_a_byte_order_mark_and_php_quotes(territory, reports):
    text = territory.files["signalements"].read_bytes().decode()
    assert text.startswith('\ufeffRéférence;"Déposé le";Statut;Description;"Type déclarant"')
    assert text.split("\n")[0].endswith('"Commentaire de clôture";Longitude;Latitude;Zones')
    assert len(reports[0]) == 70
    assert {len(row) for row in reports} == {70}


def test_references_count_each_year_from_one(reports):
    numbers = {}
    for row in reports:
        year, number = map(int, row["Référence"].split("-"))
        assert day(row["Déposé le"]).year == year
        assert number == numbers.get(year, 0) + 1
        numbers[year] = number
    assert set(numbers) == {2022, 2023, 2024, 2025, 2026}


def test_days_follow_each_other(reports):
    for row in reports:
        lodged, updated = day(row["Déposé le"]), day(row["Dernière MAJ le"])
        assert START <= lodged <= updated <= END
        if row["Fermé le"]:
            assert lodged <= day(row["Fermé le"]) <= END
        if row["Date de la dernière visite"]:
            assert lodged <= day(row["Date de la dernière visite"]) <= END
        assert bool(row["Fermé le"]) == bool(row["Motif de clôture"]) == (row["Statut"] == "fermé")
        assert (row["Nombre de visites"] == "0") == (row["Date de la dernière visite"] == "")


def test_nobody_can_be_reached(reports):
    for row in reports:
        assert re.fullmatch(rf"'{FICTION.pattern}'", row["Tél. occupant"])
        for name in ("Tél. bailleur", "Téléphone sec."):
            assert row[name] in {"", "Non renseigné"} or FICTION.fullmatch(row[name])
        for name in ("E-mail occupant", "E-mail bailleur", "E-mail tiers"):
            assert row[name] in {"", "-"} or row[name].endswith("@exemple.invalid")


def test_a_position_is_empty_when_the_geocoder_would_have_scored_too_low(reports, truth):
    empty = 0
    for row in reports:
        score = float(truth[row["Référence"]]["score_simule"])
        assert (row["Longitude"] == "") == (row["Latitude"] == "")
        if abs(score - 0.9) > 0.001:
            assert (row["Longitude"] == "") == (score < 0.9)
        empty += row["Longitude"] == ""
    assert 0.1 < empty / len(reports) < 0.35


def test_the_truth_names_places_of_the_files(territory, reports, truth):
    addresses = {row["id"]: row for row in table(territory.files["ban"], ";")}
    assert set(truth) == {row["Référence"] for row in reports}
    for row in truth.values():
        told = addresses[row["ban_id"]]["cad_parcelles"]
        assert row["idu"] in told or told == ""


def test_a_report_without_error_is_written_as_the_address_is(territory, reports, truth):
    addresses = {row["id"]: row for row in table(territory.files["ban"], ";")}
    clean = [row for row in reports if truth[row["Référence"]]["erreurs"] == ""]
    assert 0.35 < len(clean) / len(reports) < 0.55
    for row in clean:
        address = addresses[truth[row["Référence"]]["ban_id"]]
        number = f"{address['numero']} {address['rep']}".strip()
        assert row["Adresse"] == f"{number} {address['nom_voie']}"
        assert (row["Code postal"], row["Commune"]) == (address["code_postal"], address["nom_commune"])


def test_duplicates_point_to_the_same_place(truth):
    doubles = [row for row in truth.values() if row["doublon_de"]]
    assert doubles
    for row in doubles:
        assert truth[row["doublon_de"]]["ban_id"] == row["ban_id"]


def test_some_buildings_report_again_and_again(truth):
    counts = Counter(row["idu"] for row in truth.values())
    assert max(counts.values()) >= 5
    assert sum(count > 1 for count in counts.values()) > 0.2 * len(counts)


def test_clusters_have_the_strength_they_were_given(territory, truth, reports):
    document = json.loads(territory.files["verite"].read_bytes())
    assert len(document["foyers"]) == territory.counts["foyers plantés"] == 1
    lodged = {row["Référence"]: day(row["Déposé le"]).isoformat() for row in reports}
    for cluster in document["foyers"]:
        inside = [
            row
            for reference, row in truth.items()
            if row["idu"] in cluster["parcelles"]
            and not row["doublon_de"]
            and cluster["debut"] <= lodged[reference] <= cluster["fin"]
        ]
        assert len(inside) == cluster["signalements"]
        assert {row["iris"] for row in inside} <= set(cluster["iris"])
        mean = cluster["attendus_sans_foyer"] * cluster["risque_relatif"]
        low, high = stats.poisson.interval(0.9999, mean)
        assert low <= cluster["signalements"] <= high
        assert cluster["geometrie"]["type"] in {"Polygon", "MultiPolygon"}


def test_the_risk_follows_the_stock(territory):
    document = json.loads(territory.files["verite"].read_bytes())
    rates = {
        code: row["attendus_sans_foyer"] / row["logements"]
        for code, row in document["iris"].items()
        if row["logements"] > 50
    }
    census = {row["IRIS"]: row for row in table(territory.files["logements"], ";")}
    old_rented = {
        code: float(census[code]["P21_RP_ACH19"]) + float(census[code]["P21_RP_LOC"]) for code in rates
    }
    share = [old_rented[code] / float(census[code]["P21_RP"]) for code in rates]
    assert stats.spearmanr(share, list(rates.values())).statistic > 0.6


def test_more_reports_in_winter_and_every_year():
    profile = month_profile()
    assert profile.sum() == pytest.approx(1)
    assert profile[3::12].sum() > 1.5 * profile[9::12].sum()  # January against July
    assert (np.diff(profile.reshape(4, 12).sum(axis=1)) > 0).all()


@pytest.fixture
def written():
    """Two thousand writings of one address of the absorbed commune."""
    address = Address(0, 0, None, 12, "bis", 0.0, 0.0, "entrée")
    street = Street(CORVENNES, "Rue de l'Église Brûlée", "0007")
    rng = np.random.default_rng(5)
    postcodes = sorted({commune.postcode for commune in COMMUNES})
    return [write_address(address, street, "Lorvault", postcodes, rng) for _ in range(2000)]


def test_each_error_occurs_at_its_stated_rate(written):
    counts = Counter(error for one in written for error in one.errors)
    for error, rate in RATES.items():
        low, high = stats.binom.interval(0.9999, len(written), rate)
        assert low <= counts[error] <= high, error


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("numero_absent", "Rue de l'Église Brûlée"),
        ("plage", "12-14 Rue de l'Église Brûlée"),
        ("colle", "12 bisRue de l'Église Brûlée"),
        ("type_voie_faux", "12 bis Avenue de l'Église Brûlée"),
        ("majuscules", "12 BIS RUE DE L'ÉGLISE BRÛLÉE"),
        ("sans_accents", "12 bis Rue de l'Eglise Brulee"),
        ("mot_absent", "12 bis Rue Église Brûlée"),
    ],
)
def test_each_error_alone_writes_what_its_name_says(written, error, line):
    assert {one.line for one in written if one.errors == [error]} == {line}


def test_commune_and_postcode_errors_leave_the_line_alone(written):
    for one in written:
        if one.errors == ["ancienne_commune"]:
            assert (one.line, one.commune) == ("12 bis Rue de l'Église Brûlée", "Lorvault")
        if one.errors == ["code_postal_faux"]:
            assert one.postcode != CORVENNES.postcode
        if one.errors == ["faute_frappe"]:
            assert one.line != "12 bis Rue de l'Église Brûlée"
