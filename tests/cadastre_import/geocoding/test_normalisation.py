"""One spelling for a street, whatever the habits of whoever wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadastre_import.geocoding.normalisation import normalise_name, normalise_street, repair_encoding
from cadastre_import.geocoding.vocabulary import ABBREVIATIONS, LEADING_ABBREVIATIONS, SMALL_WORDS

PIECES = st.sampled_from(
    [
        *ABBREVIATIONS,
        *LEADING_ABBREVIATIONS,
        *SMALL_WORDS,
        "rueVictor",
        "ruela",
        "1er",
        "3e",
        "Ã©",
        "œ",
        "St-",
        "’",
        " ",
    ]
)
SPELLINGS = st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join))


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("Avenue du Général de Gaulle", "avenue general gaulle"),
        ("AV DU GAL DE GAULLE", "avenue general gaulle"),
        ("Bd. St-Michel", "boulevard saint michel"),
        ("R. Maurice", "rue maurice"),
        ("Rue R. Rolland", "rue r rolland"),
        ("rueVictor Hugo", "rue victor hugo"),
        ("ruedes Lilas", "rue lilas"),
        ("Ruelle Sainte Barbe", "ruelle sainte barbe"),
        ("Rue de l’Abbé Maurice", "rue abbe maurice"),
        ("Allée des Deux Communes", "allee 2 communes"),
        ("Rue du 1er Mai", "rue 1 mai"),
        ("Rue du Cœur", "rue coeur"),
        ("AllÃ©e des Ã‰rables", "allee erables"),
        ("allã©e des chãªnes", "allee chenes"),
        ("Rue de la R�publique", "rue rpublique"),
        ("Allée A", "allee a"),
        ("Les", "les"),
        ("", ""),
        ("日本", ""),
    ],
)
def test_a_street_has_one_spelling(written, spelling):
    assert normalise_street(written) == spelling


@given(SPELLINGS)
def test_normalising_twice_changes_nothing(written):
    once = normalise_street(written)
    assert normalise_street(once) == once
    assert once.isascii()


@given(SPELLINGS)
def test_repairing_twice_changes_nothing(written):
    assert repair_encoding(repair_encoding(written)) == repair_encoding(written)


@given(st.text(alphabet="abcdefABCDEF éèêàçùôîÉœ’-", max_size=60))
def test_text_that_was_double_encoded_comes_back(written):
    garbled = written
    for _ in range(2):
        garbled = garbled.encode().decode("latin-1")
    assert repair_encoding(garbled) == written


def test_no_expansion_is_itself_an_abbreviation_or_a_small_word():
    expansions = {word for v in (ABBREVIATIONS | LEADING_ABBREVIATIONS).values() for word in v.split()}
    assert not expansions & (ABBREVIATIONS.keys() | SMALL_WORDS)
    assert not expansions & LEADING_ABBREVIATIONS.keys()


def test_a_commune_has_one_spelling():
    assert normalise_name("St-Denis") == normalise_name("SAINT DENIS") == "saint denis"
