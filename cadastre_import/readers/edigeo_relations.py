"""The relations of an EDIGEO lot, which GDAL reads and does not give: which objects are tied to which.

A lot is text, one field a line: five characters of name and format, two of length, a colon, the value. The vector
files tell a relation as a block that names its kind, then the objects that it ties.
"""

from collections.abc import Iterator
from pathlib import Path

BLOCK = "RTYSA"  # begins each object of a vector file
KIND = ";ASS;"
OBJECT = ";FEA;"


def related_objects(lot: Path, kind: str) -> Iterator[tuple[str, str]]:
    """Give the pairs of objects of a lot (its THF) that a relation of this kind ties, in the order of the file."""
    for vectors in sorted(file for file in lot.parent.iterdir() if file.suffix.upper() == ".VEC"):
        told, tied = "", list[str]()
        with vectors.open(encoding="latin-1") as lines:
            for line in lines:
                if line.startswith(BLOCK):
                    told, tied = "", []
                elif KIND in line:
                    told = line.partition(KIND)[2].strip()
                elif told == kind and OBJECT in line:
                    tied.append(line.partition(OBJECT)[2].strip())
                    if len(tied) == 2:
                        yield tied[0], tied[1]
