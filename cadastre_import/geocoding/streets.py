"""Which streets of a commune look like a name: trigrams counted in memory, the few likely ones judged in SQL.

PostgreSQL would compare the name with every street of the commune at 16 µs each, or read the whole register's
postings of "rue": a city of 4 000 streets makes it ten times slower than this.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cadastre_import.geocoding import lookup
from cadastre_import.geocoding.lookup import LIKELY_STREETS, TRIGRAM_FLOOR
from cadastre_import.geocoding.vocabulary import STREET_TYPES

COMMUNES_HELD = 500
MOST_HOMONYMS = (
    4  # a name with more types than that is a quarter, and any of them shows that there are others
)


def trigrams(norm: str) -> set[str]:
    """Give the trigrams of a normalised name, as pg_trgm cuts them: each word between two spaces and one."""
    return {
        padded[i : i + 3] for word in norm.split() for padded in [f"  {word} "] for i in range(len(word) + 1)
    }


def without_type(norm: str) -> str:
    """Give what a normalised name is without its type of street ("impasse carnot" → "carnot")."""
    words = norm.split()
    types = next((n for n, word in enumerate(words) if word not in STREET_TYPES), len(words))
    return " ".join(words[types:])


class StreetIndex:
    """The streets of one commune, by their trigrams."""

    def __init__(self, streets: Sequence[tuple[str, str]]) -> None:
        """Index (code, normalised name) pairs."""
        self._codes = [code for code, _ in streets]
        self._by_name: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for code, norm in streets:
            self._by_name[without_type(norm)].append((code, norm))
        cut = [trigrams(norm) for _, norm in streets]
        self._sizes = np.array([len(found) for found in cut], dtype=float)
        postings: dict[str, list[int]] = defaultdict(list)
        for street, found in enumerate(cut):
            for trigram in found:
                postings[trigram].append(street)
        self._postings = {trigram: np.array(found) for trigram, found in postings.items()}

    def homonyms(self, norm: str) -> list[str]:
        """Give the codes of the streets that only their type tells apart from this one."""
        name = without_type(norm)
        same = [code for code, other in self._by_name.get(name, []) if other != norm] if name else []
        return same[:MOST_HOMONYMS]

    def likely(self, norm: str) -> list[tuple[str, float]]:
        """Give the codes of the streets that look most like the name, and the likeness of each, best first."""
        asked = trigrams(norm)
        common = np.zeros(len(self._codes))
        for trigram in asked & self._postings.keys():
            common[self._postings[trigram]] += 1
        likeness = common / np.maximum(len(asked) + self._sizes - common, 1)
        best = np.argsort(-likeness, kind="stable")[:LIKELY_STREETS]
        return [
            (self._codes[street], float(likeness[street]))
            for street in best
            if likeness[street] >= TRIGRAM_FLOOR
        ]


class Streets:
    """The indexes of the communes asked about, built when first needed."""

    def __init__(self) -> None:
        """Hold none yet."""
        self._indexes: dict[str, StreetIndex] = {}

    def hold(self, codes: Iterable[str]) -> None:
        """Build the indexes of communes that are not held, in one read; forget the others when they are many."""
        missing = sorted(set(codes) - self._indexes.keys())
        if not missing:
            return
        if len(self._indexes) + len(missing) > COMMUNES_HELD:
            self._indexes.clear()
            missing = sorted(set(codes))
        self._indexes |= {code: StreetIndex(streets) for code, streets in lookup.streets_of(missing).items()}

    def homonyms(self, commune: str, norm: str) -> list[str]:
        """Give the streets of a commune, held, that only their type tells apart from this one."""
        return self._indexes[commune].homonyms(norm)

    def likely(self, norm: str, communes: Mapping[str, float]) -> dict[str, float]:
        """Give the likely streets of communes, each with the trust of its commune."""
        found = [
            (likeness * trust, street, trust)
            for commune, trust in communes.items()
            for street, likeness in self._indexes[commune].likely(norm)
        ]
        found.sort(key=lambda one: (-one[0], one[1]))
        return {street: trust for _, street, trust in found[:LIKELY_STREETS]}
