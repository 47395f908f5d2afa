"""Time the committee's documents of a département: the whole page and the whole raster against their bare core.

Run with ``python -m benchmarks.exports [SIDE_KM]``; no database. Times are CPU seconds, the best of three after
a first call that pays for imports. The page is compared with what folium alone takes to write one map of the
same cells; the raster with rasterio writing the same numbers without tags, tiles or compression.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from io import BytesIO

import django
import numpy as np
import shapely
from numpy.typing import NDArray

REPEATS = 3
DENSE_CELLS = 2_000


def best_cpu_seconds(work: Callable[[], object]) -> float:
    """Give the least CPU time of a few calls, after one that does not count."""
    work()
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main(side_km: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_lhi.settings")
    django.setup()
    import folium
    import rasterio
    from django.utils import timezone

    from maps.exports.committee_map import committee_map
    from maps.exports.heat_geotiff import heat_geotiff

    heat = _heat(side_km * 1000)
    boxes = [shapely.geometry.mapping(square) for square in heat.squares]
    features = [{"type": "Feature", "properties": {}, "geometry": box} for box in boxes]
    values = heat.surface.values.astype(np.float32)

    def folium_alone() -> str:
        carte = folium.Map(tiles=None)
        folium.GeoJson({"type": "FeatureCollection", "features": features}).add_to(carte)
        return carte.get_root().render()

    def rasterio_alone() -> bytes:
        output, (height, width) = BytesIO(), values.shape
        shape = {"driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": "float32"}
        with rasterio.open(output, "w", **shape, transform=rasterio.Affine(50, 0, 0, 0, -50, 0)) as raster:
            raster.write(values, 1)
        return output.getvalue()

    def page() -> str:
        return committee_map(heat, title="Mesure", note="", made_at=timezone.localtime())

    ours, core = best_cpu_seconds(page), best_cpu_seconds(folium_alone)
    print(f"{side_km} km a side, {heat.counts.size} cells, surface of {values.shape[0]} x {values.shape[1]}")
    print(
        f"page    {ours:6.2f} s, {len(page()) / 1e6:5.2f} MB; folium alone   {core:6.2f} s; ratio {ours / core:.1f}"
    )
    ours, core = best_cpu_seconds(lambda: heat_geotiff(heat, "")), best_cpu_seconds(rasterio_alone)
    sizes = (len(heat_geotiff(heat, "")) / 1e6, len(rasterio_alone()) / 1e6)
    print(f"raster  {ours:6.2f} s, {sizes[0]:5.2f} MB; rasterio alone {core:6.2f} s, {sizes[1]:.2f} MB")


def _heat(side_m: float):
    """Scatter towns over a square: cells of 200 m around a few hundred centres."""
    from layers.crs import LAMBERT93
    from layers.selectors.heat_points import Perimeter
    from maps.analysis.density import MetricGrid, kernel_density
    from maps.services.heat import BANDWIDTH_M, Heat
    from maps.services.squares import CELL_M, SURFACE_CELL_M

    rng = np.random.default_rng(2026)
    west, south = 600_000.0, 6_600_000.0
    centres: NDArray[np.float64] = rng.uniform(0, side_m, (200, 2))
    points = centres[rng.integers(0, 200, DENSE_CELLS)] + rng.normal(0, 1_500, (DENSE_CELLS, 2))
    cells = np.unique(np.floor(np.clip(points, 0, side_m - 1) / CELL_M), axis=0) * CELL_M
    x, y = west + cells[:, 0], south + cells[:, 1]
    counts = rng.integers(5, 60, len(cells))
    side = int(side_m / SURFACE_CELL_M)
    grid = MetricGrid(west, south + side_m, SURFACE_CELL_M, side, side)
    return Heat(
        perimeter=Perimeter(
            LAMBERT93,
            np.array([shapely.box(west, south, west + side_m, south + side_m)], dtype=object),
            (("01001", "Mesure"),),
            ("01001",),
        ),
        since=date(2025, 1, 1),
        until=date(2025, 12, 31),
        squares=shapely.box(x, y, x + CELL_M, y + CELL_M),
        counts=counts,
        surface=kernel_density(x + CELL_M / 2, y + CELL_M / 2, grid, BANDWIDTH_M, weights=counts),
        reports=int(counts.sum()),
        left_out=0,
        hidden=0,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
