"""A file large enough to be cut half-way: about 200 kB of GeoJSON that gzip cannot shorten."""

import gzip
import random

PATH = "/latest/cadastre-60999-parcelles.json.gz"
HALF = 100_000


def collection(seed: int) -> bytes:
    """Give a gzip of about 200 kB that does not compress: a GeoJSON with a random description."""
    noise = random.Random(seed).randbytes(100_000).hex()
    return gzip.compress(
        b'{"type":"FeatureCollection","features":[\n{"type":"Feature","d":"' + noise.encode() + b'"}\n]}',
        compresslevel=0,
        mtime=0,
    )


CONTENT = collection(1)
