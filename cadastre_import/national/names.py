"""What the official name of a file says: of which département it is, under which name it is prepared."""

import re
from pathlib import Path

from layers.crs import departement_of

TERRITORY = re.compile(r"(?:cadastre|adresses)-(\w+?)[-.]")
CODE = re.compile(r"\d[0-9AB]\d?|\d[0-9AB]\d{3}")


def departement_in(path: Path) -> str:
    """Give the département that a file name speaks of, by its own code or a commune's; empty for France."""
    named = TERRITORY.match(path.name)
    code = named[1].upper() if named else ""
    return departement_of(code) if CODE.fullmatch(code) else ""


def partition_name(path: Path) -> str:
    """Give the name under which a file is prepared: an edition replaces another of the same name."""
    return path.name.split(".", 1)[0]
