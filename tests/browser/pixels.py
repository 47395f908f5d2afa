"""What a screenshot shows: colours counted, so that a map is judged by what is drawn and not by its markup."""

import warnings
from io import BytesIO

import numpy as np
import rasterio
from numpy.typing import NDArray
from playwright.sync_api import Locator
from rasterio.errors import NotGeoreferencedWarning

PAPER = "#eef1f4"  # the background of the map
FILL_OPACITY = 0.78
TOLERANCE = 5

Picture = NDArray[np.int_]


def picture_of(element: Locator) -> Picture:
    """Give the element as it is drawn: (rows, columns, 3) from 0 to 255."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(BytesIO(element.screenshot())) as image:
            return np.moveaxis(image.read([1, 2, 3]), 0, -1).astype(int)


def count(picture: Picture, colour: str, tolerance: int = TOLERANCE) -> int:
    """Count the pixels of a colour."""
    return int((np.abs(picture - _channels(colour)).max(axis=-1) <= tolerance).sum())


def filled(colour: str) -> str:
    """Give a colour as an area of the map shows it: translucent over the paper."""
    mixed = np.round(FILL_OPACITY * _channels(colour) + (1 - FILL_OPACITY) * _channels(PAPER)).astype(int)
    return "#" + bytes(mixed.tolist()).hex()


def difference(first: Picture, second: Picture) -> int:
    """Count the pixels that changed."""
    return int((np.abs(first - second).max(axis=-1) > TOLERANCE).sum())


def _channels(colour: str) -> Picture:
    return np.array(list(bytes.fromhex(colour[1:])))
