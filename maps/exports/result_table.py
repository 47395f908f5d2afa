"""The rows of a run as a CSV that a French spreadsheet opens: semicolons, decimal commas, BOM, no live formula."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from layers.models import UnitKind
from layers.selectors.result_rows import Row
from maps.services.methods.method import Method

BOM = "\ufeff"
# What a spreadsheet takes for the beginning of a formula, or of a command
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n")


def result_csv(method: Method, rows: Iterable[Row]) -> Iterator[str]:
    """Stream the file, header first; a figure that says nothing is an empty cell."""
    labels = {category.code: category.label for category in method.categories}
    heads = [f"{column.label} ({column.unit})" if column.unit else column.label for column in method.columns]
    classes = ["Classe"] if labels else []
    yield BOM + _line(["Rang", "Type", "Code", "Nom", "Communes", *classes, *heads])
    kinds = dict(UnitKind.choices)
    for row in rows:
        texts = [str(kinds[row.kind]), row.code, row.label, " ".join(row.communes)]
        if labels:
            texts.append(labels.get(row.category, row.category))
        figures = [number(row.figures.get(column.name), max(column.decimals, 4)) for column in method.columns]
        yield _line([str(row.position + 1), *map(dead, texts), *figures])


def dead(text: str) -> str:
    """Give a text that no spreadsheet runs: an apostrophe before what would be a formula."""
    return f"'{text}" if text.startswith(LIVE) else text


def number(value: float | None, decimals: int) -> str:
    """Write a number with a decimal comma, without needless zeros; nothing for None."""
    if value is None:
        return ""
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".").replace(".", ",")


def _line(cells: list[str]) -> str:
    written = StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow(cells)
    return written.getvalue()
