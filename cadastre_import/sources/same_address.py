"""Attaches an address written in a register to the BAN: same commune, same street, same number, or nothing.

No likeness is weighed here: a register of thousands of rows is not reviewed by anyone.
"""

from functools import lru_cache

from cadastre_import.geocoding.address_text import read_address
from cadastre_import.source import Column

COLUMNS = (
    Column("ban_voie", into=None),
    Column("ban_numero", "int", into=None),
    Column("ban_reps", "text[]", into=None),
)
SAME_ADDRESS = """(
    SELECT min(a.ban_id)
    FROM layers_voie v JOIN layers_address a ON a.voie_id = v.code
    WHERE v.commune_id = s.code_insee AND v.norm = s.ban_voie AND a.numero = s.ban_numero
      AND lower(a.rep) = ANY(s.ban_reps) AND a.closed_on IS NULL
)"""


@lru_cache(maxsize=100_000)
def as_the_ban_writes(address: str) -> tuple[str, int | None, list[str]]:
    """Give street, number and spellings of the index, for the columns above."""
    read = read_address(address)
    numero = read.numero if read.numero and read.numero < 100_000 else None
    return read.street, numero, list(read.repetitions) or [""]
