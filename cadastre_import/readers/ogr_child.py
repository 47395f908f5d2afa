"""Reads one layer with GDAL, alone in a process: ``python ogr_child.py FILE LAYER`` writes JSON lines.

The parent has left GDAL a single driver (``OGR_SKIP``): nothing is guessed, and no format that opens other files or
addresses exists here. The network is cut where the system lets a process do so; memory, processor time and the
writing of files are bounded. The first line describes the layer; ``LAYER`` empty is the only one of the file;
``--describe`` stops there.
"""

import ctypes
import json
import math
import resource
import sys

BATCH = 2_000
MEMORY = 4 * 1024**3
CPU_SECONDS = 1_800
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000


def cut_the_network():
    """Leave the network: at once for root, through a user namespace for others, not at all where both are refused."""
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare is not None and unshare(CLONE_NEWNET):
        unshare(CLONE_NEWUSER | CLONE_NEWNET)


def say(line):
    """Write one line for the parent."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def plain(value):
    """Give what JSON can hold: NumPy's scalars and missing values stay here."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value if isinstance(value, str | int | float | bool) else str(value)


def main(path, wanted, only_describe):
    """Write the description of the layer, then its features."""
    # pyogrio goes without the tables of pandas and Arrow, which would be most of the time of a small file
    sys.modules |= dict.fromkeys(("geopandas", "pandas", "pyarrow"))
    import pyogrio  # after the network is cut, before memory is bounded

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    layer = wanted or (layers[0] if len(layers) == 1 else None)
    info = pyogrio.read_info(path, layer=layer) if layer in layers else {}
    say({"layers": layers, "layer": layer, "crs": info.get("crs"), "count": info.get("features", 0)})
    if only_describe or not info:
        return
    start, read = 0, BATCH
    while read == BATCH:
        read = 0
        for part in batches(path, start, BATCH, layer):
            read += write(*part)
        start += read


def batches(path, start, size, layer):
    """Read ``size`` features from ``start`` at once, or one by one if GDAL stops at a geometry that is damaged."""
    import pyogrio

    place = {"layer": layer, "skip_features": start, "max_features": size, "return_fids": True}
    try:
        yield pyogrio.raw.read(path, **place)
    except pyogrio.errors.FeatureError:
        if size == 1:
            yield pyogrio.raw.read(path, read_geometry=False, **place)
            return
        total = pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
        for number in range(start, min(start + size, total)):
            yield from batches(path, number, 1, layer)


def write(meta, fids, shapes, columns):
    """Write features and give their number."""
    for index, fid in enumerate(fids):
        pairs = zip(meta["fields"], columns, strict=True)
        properties = {str(name): plain(column[index]) for name, column in pairs}
        wkb = None if shapes is None or shapes[index] is None else shapes[index].hex()
        say([int(fid), properties, wkb])
    return len(fids)


if __name__ == "__main__":
    cut_the_network()
    sys.stdout.reconfigure(encoding="utf-8")
    main(sys.argv[1], sys.argv[2], "--describe" in sys.argv)
