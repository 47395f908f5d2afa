"""Cut and clip convex polygons whose sides carry a tag (the street they run along, or -1).

Plain Python on short lists: tens of thousands of cuts of four to eight corners, where arrays would cost more.
A shape is a counter-clockwise list of ``(x, y, tag)``; the tag is that of the side leaving the corner.
"""

import math

Shape = list[tuple[float, float, int]]
EPSILON = 1e-7


def split(shape: Shape, x: float, y: float, dx: float, dy: float, *, tag: int = -1) -> tuple[Shape, Shape]:
    """Cut along the line through (x, y) of direction (dx, dy): what lies on its left, and on its right.

    The new sides carry ``tag``. A part is empty when the line misses the shape.
    """
    sides = [dx * (py - y) - dy * (px - x) for px, py, _ in shape]
    if min(sides) >= 0:
        return shape, []
    if max(sides) < 0:
        return [], shape
    left: Shape = []
    right: Shape = []
    for k, (px, py, ptag) in enumerate(shape):
        here, there = sides[k], sides[(k + 1) % len(shape)]
        nx, ny, _ = shape[(k + 1) % len(shape)]
        (left if here >= 0 else right).append((px, py, ptag))
        if (here >= 0) != (there >= 0):
            share = here / (here - there)
            cx, cy = px + share * (nx - px), py + share * (ny - py)
            if here >= 0:
                left.append((cx, cy, tag))
                right.append((cx, cy, ptag))
            else:
                right.append((cx, cy, tag))
                left.append((cx, cy, ptag))
    return _clean(left), _clean(right)


def _clean(shape: Shape) -> Shape:
    """Drop corners that repeat the next one."""
    kept = [
        (x, y, tag)
        for k, (x, y, tag) in enumerate(shape)
        if abs(shape[(k + 1) % len(shape)][0] - x) + abs(shape[(k + 1) % len(shape)][1] - y) > EPSILON
    ]
    return kept if len(kept) >= 3 else []


def inset(shape: Shape, distance_of) -> Shape:
    """Move each side inward by ``distance_of(tag)`` metres; empty when nothing is left."""
    result = shape
    for k, (x, y, tag) in enumerate(shape):
        distance = distance_of(tag)
        nx, ny, _ = shape[(k + 1) % len(shape)]
        length = math.hypot(nx - x, ny - y)
        if distance <= 0 or length < EPSILON or not result:
            continue
        dx, dy = (nx - x) / length, (ny - y) / length
        result, _ = split(result, x - dy * distance, y + dx * distance, dx, dy, tag=tag)
    return result


def area(shape: Shape) -> float:
    """Give the area, positive since the corners turn counter-clockwise."""
    total = 0.0
    for k, (x, y, _) in enumerate(shape):
        nx, ny, _ = shape[(k + 1) % len(shape)]
        total += x * ny - nx * y
    return total / 2


def centroid(shape: Shape) -> tuple[float, float]:
    """Give the mean of the corners: close enough for shapes this stocky."""
    return sum(p[0] for p in shape) / len(shape), sum(p[1] for p in shape) / len(shape)


def long_axis(shape: Shape) -> tuple[float, float, float, float]:
    """Give direction (unit), length and width of the narrowest rectangle along one of the sides."""
    best = None
    for k, (x, y, _) in enumerate(shape):
        nx, ny, _ = shape[(k + 1) % len(shape)]
        side = math.hypot(nx - x, ny - y)
        if side < EPSILON:
            continue
        dx, dy = (nx - x) / side, (ny - y) / side
        low, high = extent(shape, dx, dy)
        low_across, high_across = extent(shape, -dy, dx)
        box = (high - low) * (high_across - low_across)
        if best is None or box < best[0]:
            best = (box, dx, dy, high - low, high_across - low_across)
    _, dx, dy, length, width = best
    return (dx, dy, length, width) if length >= width else (-dy, dx, width, length)


def extent(shape: Shape, dx: float, dy: float) -> tuple[float, float]:
    """Give the least and greatest projection of the corners on a direction."""
    projections = [x * dx + y * dy for x, y, _ in shape]
    return min(projections), max(projections)
