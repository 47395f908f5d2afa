"""From an answer to a position: what is kept, what it is worth, who must look."""

from dataclasses import replace

import pytest

from cadastre_import.geocoding.communes import CommuneDirectory
from cadastre_import.geocoding.placing import Declared, distance_m, is_ambiguous, place
from cadastre_import.geocoding.provider import Answer, Query, as_alternative

DIRECTORY = CommuneDirectory.of([("93010", "Bondy", ["93140"]), ("93053", "Noisy-le-Sec", ["93130"])])
ACCEPTED = 0.7
FOUND = (2.48, 48.9)
METRE_NORTH = 1 / 111_195
NUMBERED = Query("12 rue Neuve", "93140", "93010", "Bondy")
UNNUMBERED = replace(NUMBERED, text="rue Neuve")

HOUSE = Answer(0.9, "housenumber", "12 Rue Neuve", "93010_0001_00012", *FOUND, "93010")
STREET = replace(HOUSE, kind="street", ban_id="93010_0001")
COMMUNE = replace(HOUSE, kind="municipality", ban_id="93010", score=0.3)


def north(metres: float) -> tuple[float, float]:
    return FOUND[0], FOUND[1] + metres * METRE_NORTH


def placed(answer, query=NUMBERED, point=None, *, is_outside=False):
    placement = place(Declared(query, point, is_outside), answer, DIRECTORY, ACCEPTED)
    where = {None: "nowhere", FOUND: "found"}.get(placement.point, "declared")
    return where, placement.precision, "review" if placement.needs_review else "sure"


@pytest.mark.parametrize(
    ("answer", "query", "expected"),
    [
        (HOUSE, NUMBERED, ("found", "numero", "sure")),
        (replace(HOUSE, score=0.6), NUMBERED, ("found", "voie", "review")),
        (STREET, UNNUMBERED, ("found", "voie", "sure")),
        (STREET, NUMBERED, ("found", "voie", "review")),
        (replace(STREET, kind="locality"), UNNUMBERED, ("found", "voie", "sure")),
        (replace(STREET, score=0.6), UNNUMBERED, ("found", "commune", "review")),
        (COMMUNE, UNNUMBERED, ("found", "commune", "review")),
        (replace(COMMUNE, score=1.0), UNNUMBERED, ("found", "commune", "review")),
        (None, NUMBERED, ("nowhere", "inconnue", "review")),
    ],
)
def test_without_a_declared_point_the_answer_is_the_position(answer, query, expected):
    assert placed(answer, query) == expected


@pytest.mark.parametrize(
    ("answer", "query", "metres", "expected"),
    [
        (HOUSE, NUMBERED, 20, ("found", "numero", "sure")),
        (HOUSE, NUMBERED, 300, ("found", "numero", "review")),
        (replace(HOUSE, score=0.6), NUMBERED, 20, ("found", "numero", "sure")),
        (replace(HOUSE, score=0.6), NUMBERED, 40, ("declared", "declaree", "review")),
        (replace(HOUSE, score=0.6), NUMBERED, 300, ("declared", "declaree", "review")),
        (STREET, UNNUMBERED, 300, ("declared", "declaree", "sure")),
        (STREET, NUMBERED, 300, ("declared", "declaree", "review")),
        (STREET, UNNUMBERED, 3000, ("declared", "declaree", "review")),
        (replace(STREET, score=0.6), NUMBERED, 20, ("declared", "declaree", "review")),
        (COMMUNE, NUMBERED, 20, ("declared", "declaree", "review")),
        (None, NUMBERED, 20, ("declared", "declaree", "review")),
    ],
)
def test_the_declared_point_is_kept_when_nothing_better_is_found(answer, query, metres, expected):
    assert placed(answer, query, north(metres)) == expected


def test_a_declared_point_outside_its_commune_yields_to_any_answer_and_is_told():
    assert placed(COMMUNE, NUMBERED, north(50_000), is_outside=True) == ("found", "commune", "review")
    assert placed(STREET, UNNUMBERED, north(50_000), is_outside=True) == ("found", "voie", "review")
    assert placed(None, NUMBERED, north(50_000), is_outside=True) == ("declared", "declaree", "review")


@pytest.mark.parametrize(
    "query",
    [
        Query("12 rue Neuve", "93130", "93053", "Noisy-le-Sec"),
        Query("12 rue Neuve", "93130", "", "Noisy le Sec"),
    ],
)
def test_an_answer_in_another_commune_than_declared_is_reviewed(query):
    assert placed(HOUSE, query) == ("found", "numero", "review")


def test_a_line_that_names_two_streets_is_reviewed():
    query = replace(NUMBERED, text="12 rue Neuve et 4 avenue du Parc")
    assert placed(HOUSE, query) == ("found", "numero", "review")


def test_two_places_that_answer_as_well_are_a_choice_for_a_person():
    def beside(**changes):
        other = replace(HOUSE, ban_id="93010_0002_00012", **changes)
        return replace(HOUSE, alternatives=(as_alternative(other),))

    assert is_ambiguous(beside(score=0.88))
    assert placed(beside(score=0.88)) == ("found", "numero", "review")
    assert not is_ambiguous(beside(score=0.8))
    assert not is_ambiguous(beside(score=0.88, kind="street"))


def test_distances_are_in_metres():
    assert distance_m((2.0, 48.0), (2.0, 49.0)) == pytest.approx(111_195, rel=1e-4)
    assert distance_m((2.0, 60.0), (3.0, 60.0)) == pytest.approx(111_195 / 2, rel=1e-3)
    assert distance_m(FOUND, FOUND) == 0


@pytest.mark.parametrize(
    ("metres", "other_metres", "expected"),
    [(20, 400, "sure"), (20, 60, "review"), (180, 400, "sure"), (210, 600, "review"), (400, 20, "review")],
)
def test_a_declared_point_settles_between_two_answers(metres, other_metres, expected):
    """The point is ``metres`` from the answer and ``other_metres`` from its rival."""
    lon, lat = north(metres + other_metres)
    rival = as_alternative(replace(HOUSE, ban_id="93010_0002_00012", score=0.89, lon=lon, lat=lat))
    assert placed(replace(HOUSE, alternatives=(rival,)), point=north(metres))[2] == expected
