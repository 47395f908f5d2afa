"""The parameter that says where the p values of a local statistic come from."""

from collections.abc import Mapping
from typing import Any

from maps.services.methods.parameters import Choice

NORMAL, PERMUTED = "normale", "permutations"
PERMUTATIONS = 999

LAW = Choice(
    name="law",
    label="Valeur p",
    choices={
        NORMAL: "loi normale",
        PERMUTED: f"{PERMUTATIONS} permutations, puis 99 999 pour les candidates",
    },
    default=NORMAL,
    advanced=True,
    help="Les permutations conviennent mieux aux très petits comptes ; elles prennent plus de temps.",
)


def permutations_of(values: Mapping[str, Any]) -> int:
    """Give the number of permutations that the parameter asks for, 0 for the normal law."""
    return PERMUTATIONS if values["law"] == PERMUTED else 0
