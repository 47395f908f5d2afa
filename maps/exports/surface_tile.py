"""Tiles of the surface of a run: each pixel has the colour of the class of the cell under it, as on the map."""

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from layers.crs import WEB_MERCATOR, WGS84
from layers.tile_grid import Tile

SIDE = 256  # pixels
RGB = 3


def surface_tile(geotiff: bytes, tile: Tile, cuts: Sequence[float], colours: Sequence[str]) -> bytes | None:
    """Give a PNG of the tile, transparent where nothing may be said; None if that is everywhere.

    A class goes over a cut and up to the next: ``colours`` (``#rrggbb``) has one more than ``cuts``. The nearest cell
    and no mean of several: a class must be one that the surface has. Seen from far, GDAL reads the overviews of the
    file, and at any zoom only the blocks of the tile.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.io import MemoryFile
    from rasterio.vrt import WarpedVRT

    west, _, _, north = tile.bounds_m
    pixel = tile.side_m / SIDE
    window = {
        "crs": f"EPSG:{WEB_MERCATOR}",
        "transform": rasterio.Affine(pixel, 0, west, 0, -pixel, north),
        "width": SIDE,
        "height": SIDE,
        "resampling": Resampling.nearest,
    }
    with MemoryFile(geotiff) as file, file.open() as raster, WarpedVRT(raster, **window) as warped:
        values = warped.read(1, masked=True)
    known = ~np.ma.getmaskarray(values) & np.isfinite(values.data)
    if not known.any():
        return None
    classes = np.searchsorted(np.asarray(cuts), values.data, side="left") + 1
    return paletted_png(np.where(known, classes, 0).astype(np.uint8), colours)


def surface_bounds(geotiff: bytes) -> tuple[float, float, float, float]:
    """Give the rectangle of a surface: west, south, east, north, in degrees."""
    from rasterio.io import MemoryFile
    from rasterio.warp import transform_bounds

    with MemoryFile(geotiff) as file, file.open() as raster:
        return transform_bounds(raster.crs, f"EPSG:{WGS84}", *raster.bounds)


def paletted_png(classes: NDArray[np.uint8], colours: Sequence[str]) -> bytes:
    """Give a PNG of (rows, columns) numbers of colours, the first being 1; 0 is transparent."""
    rows, columns = classes.shape
    palette = bytes(RGB) + b"".join(bytes.fromhex(colour[1:]) for colour in colours)
    lines = np.concatenate(
        [np.zeros((rows, 1), np.uint8), classes], axis=1
    )  # each line begins with its filter: none
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", palette),
        (b"tRNS", bytes([0])),
        (b"IDAT", zlib.compress(lines.tobytes(), 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
