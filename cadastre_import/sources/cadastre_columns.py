"""The cadastre's features as columns: the values that the ``parse_…`` functions of ``cadastre`` give."""

import hashlib
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from cadastre_import import fields
from cadastre_import.columnar import Columnar, Outlines, OutOfTheOrdinary, checked, cleaned, codes

TEXT = pa.string()


def sections(properties: pa.StructArray, outlines: Outlines) -> list[pa.Array]:
    """Read sections: id, commune."""
    code = codes(properties.field("id"), fields.SECTION.pattern)
    return [code, pc.utf8_slice_codeunits(code, 0, 5)]


def parcelles(properties: pa.StructArray, outlines: Outlines) -> list[pa.Array]:
    """Read parcelles: id, commune, contenance, whether they were surveyed."""
    idu = codes(properties.field("id"), fields.IDU.pattern)
    checked(properties.field("created"), lambda day: fields.iso_date(day, "created"))
    checked(properties.field("updated"), lambda day: fields.iso_date(day, "updated"))
    contenance = properties.field("contenance")
    if (pc.min(contenance).as_py() or 0) < 0:
        raise OutOfTheOrdinary
    return [idu, pc.utf8_slice_codeunits(idu, 0, 5), contenance, properties.field("arpente")]


def batiments(properties: pa.StructArray, outlines: Outlines) -> list[pa.Array]:
    """Read buildings: the digest of their footprint, commune, type, name."""
    commune = cleaned(properties.field("commune"), lambda code: fields.code(code, fields.COMMUNE, "commune"))
    kind = cleaned(properties.field("type"), _kind)
    name = cleaned(properties.field("nom"), lambda name: fields.text(name, "nom", longest=200))
    digests = [
        f"{code}-{digest}" for code, digest in zip(commune.to_pylist(), _digests(outlines), strict=True)
    ]
    return [pa.array(digests, TEXT), commune, kind, name]


def _kind(written: str | None) -> str:
    kind = fields.text(written, "type")
    return kind if kind in ("01", "02") else ""


def _digests(outlines: Outlines) -> list[str]:
    """Give the digests of the coordinates as the file writes them: a whole number would not be written back so."""
    positions = outlines.positions
    if (positions == np.rint(positions)).any():
        raise OutOfTheOrdinary
    nested: Any = positions
    for offsets in outlines.offsets:
        nested = [nested[start:end] for start, end in pairwise(offsets)]
    return [
        hashlib.blake2b(orjson.dumps(one, option=orjson.OPT_SERIALIZE_NUMPY), digest_size=8).hexdigest()
        for one in nested
    ]


SECTIONS = Columnar((("id", TEXT),), sections)
PARCELLES = Columnar(
    (("id", TEXT), ("contenance", pa.int32()), ("arpente", pa.bool_()), ("created", TEXT), ("updated", TEXT)),
    parcelles,
)
BATIMENTS = Columnar((("commune", TEXT), ("type", TEXT), ("nom", TEXT)), batiments)
