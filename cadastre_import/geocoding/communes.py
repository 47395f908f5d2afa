"""Which communes a declared code, postcode and name may mean, among those of the registers we hold."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Self

from django.db import connection

from cadastre_import.geocoding.normalisation import normalise_name
from layers.arrondissements import ARRONDISSEMENTS, same_commune
from layers.crs import departements_of_postcode

SURE, CONFLICTING, ELSEWHERE = 1.0, 0.9, 0.85
CLOSE_NAME = 0.8  # of difflib: one or two letters of a name

REGISTERS = """
SELECT code, nom, ARRAY(SELECT jsonb_array_elements_text(codes_postaux)) FROM layers_commune
UNION ALL
SELECT commune_id, ancienne_commune, array_agg(DISTINCT code_postal)
FROM layers_voie GROUP BY commune_id, ancienne_commune
UNION ALL
SELECT commune_id, nom, '{}' FROM layers_prefixesection WHERE closed_on IS NULL
"""


@dataclass
class CommuneDirectory:
    """Communes by code, postcode and name of today or before a merger."""

    codes: set[str] = field(default_factory=set)
    by_postcode: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def load(cls) -> Self:
        """Read the imported registers, once for a whole run."""
        with connection.cursor() as cursor:
            cursor.execute(REGISTERS)
            return cls.of(cursor.fetchall())

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, list[str]]]) -> Self:
        """Build from (code, name, postcodes) rows; a code may come several times, with its former names."""
        directory = cls()
        for code, name, postcodes in rows:
            directory.codes.add(code)
            if spelling := normalise_name(name):
                directory.by_name[spelling].add(code)
            for postcode in postcodes:
                directory.by_postcode[postcode].add(code)
        return directory

    def meant(self, code_insee: str, code_postal: str, ville: str) -> dict[str, float]:
        """Give the communes that may be meant, each with how far it is to be trusted.

        The Insee code is believed alone; else what postcode and name agree on; else both, with doubt. ``ville``
        is a normalised name.
        """
        if code_insee in self.codes:
            return dict.fromkeys(self._divided({code_insee}, code_postal), SURE)
        located, named = self.by_postcode.get(code_postal, set()), self._named(ville, code_postal)
        named = self._divided(named, code_postal)
        if located and named:
            agreed = located & named
            return dict.fromkeys(agreed, SURE) if agreed else dict.fromkeys(located | named, CONFLICTING)
        return dict.fromkeys(located or named, SURE)

    def elsewhere(self, code_insee: str, code_postal: str, ville: str) -> dict[str, float]:
        """Give the communes that postcode and name tell, when the declared code finds nothing."""
        told = self.meant("", code_postal, ville)
        return {code: trust * ELSEWHERE for code, trust in told.items() if not same_commune(code, code_insee)}

    def _divided(self, codes: set[str], code_postal: str) -> set[str]:
        """Replace a divided commune by its arrondissements, the one of the postcode if it tells."""
        children = {child for code in codes for child in ARRONDISSEMENTS.get(code, ()) if child in self.codes}
        told = children & self.by_postcode.get(code_postal, set())
        return told or codes | children

    def _named(self, ville: str, code_postal: str) -> set[str]:
        if not ville or ville in self.by_name:
            return self.by_name.get(ville, set())
        departements = departements_of_postcode(code_postal)
        nearby = [
            name
            for name, codes in self.by_name.items()
            if any(code.startswith(departements) for code in codes)
        ]
        return {
            code
            for name in get_close_matches(ville, nearby, n=1, cutoff=CLOSE_NAME)
            for code in self.by_name[name]
            if code.startswith(departements)
        }
