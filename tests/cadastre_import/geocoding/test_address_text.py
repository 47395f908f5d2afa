"""What a declared line says, and what is left out of it because it is no place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadastre_import.geocoding.address_text import AddressText, read_address

PIECES = st.sampled_from(
    [
        "12",
        "65-67",
        "bis",
        "b",
        "a",
        "rue",
        "r.",
        "av",
        "rueVictor",
        "12rue",
        ",",
        " - ",
        "de",
        "n",
        "/",
        "93140",
    ]
)
MORE_PIECES = st.sampled_from(
    [
        "victor",
        "bondy",
        "Bat B",
        "apt 3",
        "3e étage",
        "chez",
        "(",
        "n°",
        "8 mai",
        "1945",
        "et",
        "0",
        "d'",
        "porte",
    ]
)
ANY_LINE = st.one_of(st.text(), st.lists(PIECES | MORE_PIECES).map(" ".join))

MENTION = st.sampled_from(
    ["", "Bât B ", "Apt. 12, ", "3e étage ", "Résidence du Parc, ", "chez Mme X, ", "porte 4 "]
)
NUMBER = st.integers(1, 9999).map(str)
REPETITION = st.sampled_from(["", " bis", "bis", " TER", "b", " B,", ","])
TYPE = st.sampled_from(["rue", "R.", "Av", "BD", "allée", "place", "Imp."])
NAME = st.sampled_from(
    ["de la République", "Victor Hugo", "du 8 mai 1945", "St-Louis", "des Écoles", "G. LYSSANDRE"]
)
PLACE = st.sampled_from(["", " 93140", " 93140 Bondy", ", 93140 BONDY CEDEX", " bât 3, 93140 Bondy"])
PLAUSIBLE = st.builds(
    lambda mention, number, repetition, kind, name, place: (
        f"{mention}{number}{repetition} {kind} {name}{place}"
    ),
    *(MENTION, NUMBER, REPETITION, TYPE, NAME, PLACE),
)


def numbered(line: str) -> tuple[int | None, str, str]:
    read = read_address(line)
    return read.numero, "/".join(read.repetitions[-1:]), read.street


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("12 rue Victor Hugo", (12, "", "rue victor hugo")),
        ("12BD VICTOR HUGO", (12, "", "boulevard victor hugo")),
        ("12r victor hugo", (12, "", "rue victor hugo")),
        ("12rue victor hugo", (12, "", "rue victor hugo")),
        ("12 rueVictor Hugo", (12, "", "rue victor hugo")),
        ("rue Victor Hugo, 12", (12, "", "rue victor hugo")),
        ("n° 12 rue Victor Hugo", (12, "", "rue victor hugo")),
        ("012, R. V. HUGO", (12, "", "rue v hugo")),
        ("12bis rue des Lilas", (12, "bis", "rue lilas")),
        ("12 B, rue des Lilas", (12, "bis", "rue lilas")),
        ("12 c rue des Lilas", (12, "c", "rue lilas")),
        ("17 R. Maurice", (17, "", "rue maurice")),
        ("12 l’Orme", (12, "", "orme")),
        ("0 rue des Lilas", (None, "", "rue lilas")),
        ("rue du 8 mai 1945", (None, "", "rue 8 mai 1945")),
        ("5 8 mai 1945", (5, "", "8 mai 1945")),
        ("5 rue du 8 mai 1945", (5, "", "rue 8 mai 1945")),
        ("3 rue du 14 juillet", (3, "", "rue 14 juillet")),
        ("6 rue des Aubiers bât 1067L, 3e étage gauche, apt 12", (6, "", "rue aubiers")),
        ("Résidence les Lilas, bât. B 14 bis rue du Parc", (14, "bis", "rue parc")),
        ("Esc., 2, 32 rue du Parc", (32, "", "rue parc")),
        ("chez Mme Martin, 4 rue du Parc", (4, "", "rue parc")),
        ("4 rue du Parc (fond de cour)", (4, "", "rue parc")),
        ("4 porte d'Orléans", (4, "", "porte orleans")),
        ("lieu-dit le Bourg", (None, "", "bourg")),
        ("1 AllÃ©e des ChÃªnes", (1, "", "allee chenes")),
        ("", (None, "", "")),
    ],
)
def test_number_repetition_and_street_are_read(line, expected):
    assert numbered(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "65-67 rue Neuve",
        "65/67 rue Neuve",
        "65 à 69 rue Neuve",
        "65 et 67, rue Neuve",
        "65, 67 rue Neuve",
        "65 67 RUE NEUVE",
    ],
)
def test_the_first_number_of_a_range_is_kept_and_the_range_is_told(line):
    read = read_address(line)
    assert (read.numero, read.street, read.is_range, read.several) == (65, "rue neuve", True, False)


@pytest.mark.parametrize("line", ["4 rue Neuve et 12 avenue du Parc", "4 rue Neuve / 12 av. du Parc"])
def test_several_streets_on_one_line_are_told(line):
    read = read_address(line)
    assert (read.numero, read.street, read.several) == (4, "rue neuve", True)


@pytest.mark.parametrize(
    ("line", "code_postal", "ville", "street"),
    [
        ("4 rue Neuve 93140 Bondy", "93140", "bondy", "rue neuve"),
        ("4 rue Neuve, F-93140 BONDY CEDEX 12, France", "93140", "bondy", "rue neuve"),
        ("4 rue Neuve 93 140 Bondy", "93140", "bondy", "rue neuve"),
        ("4 rue Neuve Bondy", "", "bondy", "rue neuve"),
        ("4 rue de Bondy", "", "", "rue bondy"),
        ("4 rue de Bondy, Bondy", "", "bondy", "rue bondy"),
        ("93140 Bondy, 4 rue Neuve", "93140", "", "rue neuve"),
        ("4 rue Neuve, 93140 Bondy, résidence du Parc", "93140", "bondy", "rue neuve"),
        ("29930 Pont-Aven", "29930", "pont aven", ""),
        ("93140 Bondy", "93140", "bondy", ""),
        ("Bondy", "", "bondy", ""),
    ],
)
def test_postcode_and_commune_are_taken_off_the_street(line, code_postal, ville, street):
    read = read_address(line, ville="Bondy")
    assert (read.code_postal, read.ville, read.street) == (code_postal, ville, street)


def test_a_known_commune_is_taken_off_only_if_none_was_declared():
    known = {"saint denis", "versailles"}
    assert read_address("4 rue Neuve St-Denis", "", known).ville == "saint denis"
    assert read_address("4 rue de Versailles", "", known).street == "rue versailles"
    assert read_address("4 reu Versailles", "Bondy", known).street == "reu versailles"


def test_the_index_keeps_every_spelling_a_register_may_have():
    assert read_address("4b rue Neuve").repetitions == ("b", "bis")
    assert read_address("4 bis rue Neuve").repetitions == ("b", "bis")
    assert read_address("4 quater rue Neuve").repetitions == ("quater",)


@given(ANY_LINE, st.text())
def test_any_line_is_read(line, ville):
    read = read_address(line, ville)
    assert isinstance(read, AddressText)
    assert read.street.isascii()


@given(PLAUSIBLE)
def test_reading_the_cleaned_line_says_the_same(line):
    read = read_address(line)
    again = read_address(read.search_text)
    assert read.numero is not None
    assert (again.numero, again.repetitions, again.street) == (read.numero, read.repetitions, read.street)
    assert again.search_text == read.search_text
