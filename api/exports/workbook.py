"""Layers as a workbook (XLSX, ECMA-376), one sheet each, written row by row: the memory holds one block.

Texts are written in their cells and no cell holds a formula, so that a text that looks like one stays a text.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib.gis.db.models.functions import AsWKT
from django.utils import timezone

from api.exports.tables import Kind, Table
from api.exports.texts import X, Y, plain
from layers.crs import WGS84
from layers.errors import InvalidFilter

MOST_ROWS = 1_048_575  # of a sheet, less its head
LONGEST_TEXT = 32_767  # of a cell
EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STYLE_OF = {Kind.DAY: 1, Kind.INSTANT: 2}
HEADING = 3
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}">'
    '<fonts count="2"><font/><font><b/></font></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/>'
    '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/>'
    '<xf fontId="1" applyFont="1"/></cellXfs></styleSheet>'
)


def write_workbook(tables: list[Table], folder: Path, name: str) -> Path:
    """Write a sheet for each layer; raises InvalidFilter for more rows than a sheet can hold."""
    for table in tables:
        if table.count() > MOST_ROWS:
            raise InvalidFilter(
                f"{table.layer.title} : une feuille XLSX ne tient que {MOST_ROWS} lignes ; "
                "choisissez CSV ou GeoPackage, ou un périmètre plus petit"
            )
    path = folder / f"{name}.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=4) as book:
        for number, table in enumerate(tables, 1):
            with book.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as sheet:
                for piece in _sheet(table):
                    sheet.write(piece.encode())
        for part, text in _parts([table.layer.title for table in tables]):
            book.writestr(part, text)
    return path


def _sheet(table: Table) -> Iterator[str]:
    points = table.geometry_type == "Point"
    places = ("longitude", "latitude") if table.srid == WGS84 else ("x", "y")
    shapes = (X(table.shape), Y(table.shape)) if points else (AsWKT(table.shape),)
    names = [*(column.name for column in table.columns), *(places if points else ("wkt",))]
    kinds = [
        *(column.kind for column in table.columns),
        *[Kind.NUMBER if points else Kind.TEXT] * len(shapes),
    ]
    yield f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    yield "<sheetData><row>" + "".join(_text(name, HEADING) for name in names) + "</row>"
    for block in table.blocks(*shapes):
        rows = []
        for row in block:
            values = (*row[len(shapes) :], *row[: len(shapes)])
            cells = (_cell(value, kind) for value, kind in zip(values, kinds, strict=True))
            rows.append("<row>" + "".join(cells) + "</row>")
        yield "".join(rows)
    yield "</sheetData></worksheet>"


def _cell(value: Any, kind: Kind) -> str:
    if value is None:
        return "<c/>"
    if kind is Kind.TRUTH:
        return f'<c t="b"><v>{int(value)}</v></c>'
    if kind in (Kind.WHOLE, Kind.NUMBER):
        return f"<c><v>{value!r}</v></c>" if isinstance(value, int | float) else f"<c><v>{value}</v></c>"
    if kind in STYLE_OF and isinstance(value, date):
        return f'<c s="{STYLE_OF[kind]}"><v>{_days(value)}</v></c>'
    return _text(plain(value))


def _text(text: str, style: int = 0) -> str:
    kept = escape(NOT_XML.sub("", text)[:LONGEST_TEXT])
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{kept}</t></is></c>'


def _days(value: date) -> float | int:
    if not isinstance(value, datetime):
        return (value - EPOCH).days
    local = timezone.localtime(value)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (local.date() - EPOCH).days + (local - midnight).total_seconds() / 86_400


def _parts(titles: list[str]) -> Iterator[tuple[str, str]]:
    numbers = range(1, len(titles) + 1)
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    yield (
        "[Content_Types].xml",
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{sheet}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{sheet}.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{sheet}.worksheet+xml"/>'
            for n in numbers
        )
        + "</Types>",
    )
    yield "_rels/.rels", _relations({1: ("officeDocument", "xl/workbook.xml")})
    targets = {n: ("worksheet", f"worksheets/sheet{n}.xml") for n in numbers}
    yield "xl/_rels/workbook.xml.rels", _relations(targets | {len(titles) + 1: ("styles", "styles.xml")})
    yield "xl/styles.xml", STYLES
    sheets = "".join(
        f'<sheet name={quoteattr(title[:31])} sheetId="{n}" r:id="rId{n}"/>'
        for n, title in zip(numbers, titles, strict=True)
    )
    yield (
        "xl/workbook.xml",
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
    )


def _relations(targets: dict[int, tuple[str, str]]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in targets.items()
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{items}</Relationships>'
