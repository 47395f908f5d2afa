"""Paris, Lyon and Marseille: one commune each, which the registers publish by municipal arrondissement.

The cadastre, the BAN and the IRIS bear the codes of the arrondissements; a report is counted in the commune and
keeps its arrondissement beside.
"""

from collections.abc import Iterable

ARRONDISSEMENTS = {
    "75056": tuple(str(code) for code in range(75101, 75121)),
    "69123": tuple(str(code) for code in range(69381, 69390)),
    "13055": tuple(str(code) for code in range(13201, 13217)),
}
COMMUNE_OF_ARRONDISSEMENT = {code: commune for commune, codes in ARRONDISSEMENTS.items() for code in codes}


def same_commune(one: str, other: str) -> bool:
    """Tell if two Insee codes are the same commune; an arrondissement is its commune."""
    return COMMUNE_OF_ARRONDISSEMENT.get(one, one) == COMMUNE_OF_ARRONDISSEMENT.get(other, other)


def with_arrondissements(codes: Iterable[str]) -> list[str]:
    """Give the codes and, after each commune that has some, those of its arrondissements."""
    return [each for code in codes for each in (code, *ARRONDISSEMENTS.get(code, ()))]
