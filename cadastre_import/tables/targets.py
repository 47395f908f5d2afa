"""What a register may fill, and under which names: those of the official templates, whose parsers are used."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyproj
import shapely

from cadastre_import import fields
from cadastre_import.readers.opening import open_bytes
from cadastre_import.readers.vector import read_vector
from cadastre_import.readers.workbook import read_table
from cadastre_import.source import Records, Source, Unread
from cadastre_import.sources import arretes, logement, perimetres, signal_logement
from cadastre_import.tables.mapping import TableMapping
from layers.crs import WGS84
from layers.errors import InvalidRow, UnreadableFile
from layers.models import Indicator

LON_LAT = ("Longitude", "Latitude")


@dataclass(frozen=True)
class Target:
    """A target: the source that writes it, its fields, those that a mapping must give, those that are dates.

    ``date_format`` is how the parser of that source reads a day.
    """

    source: Source
    fields: tuple[str, ...]
    required: tuple[str, ...]
    dates: tuple[str, ...]
    date_format: str = "%d/%m/%Y"
    has_shape: bool = False


def _parse_indicator(record: Any) -> list[Any]:
    kind = fields.text(record["territoire"], "territoire") or Indicator.Territoire.IRIS
    if kind not in (Indicator.Territoire.IRIS, Indicator.Territoire.COMMUNE):
        raise InvalidRow(f"territoire : {kind[:40]!r}, « iris » ou « commune » est attendu")
    pattern = fields.IRIS if kind == Indicator.Territoire.IRIS else fields.COMMUNE
    code = fields.code(record["code"], pattern, "code")
    millesime = fields.whole_number(record["millesime"], "millesime", low=1900, high=2100)
    if millesime is None:
        raise InvalidRow("millesime : valeur absente")
    name = fields.required(record["indicateur"], "indicateur", longest=40)
    return [kind, code, code[:5], name, millesime, fields.decimal(record["valeur"], name), ""]


INDICATORS = replace(
    logement.SOURCE,
    parse=_parse_indicator,
    columns=(type(logement.SOURCE.columns[0])("territoire"), *logement.SOURCE.columns),
    constants={},
    reshape=None,
    rejects_need_original=False,
)
TARGETS = {
    "signalements": Target(
        signal_logement.SOURCE,
        (*signal_logement.HEADERS, "Référence", "Déposé le", "Statut", "Désordres", *LON_LAT),
        ("Déposé le", "Statut"),
        ("Déposé le", "Dernière MAJ le", "Fermé le", "Date de la dernière visite"),
    ),
    "arretes": Target(
        arretes.AT_AN_ADDRESS,
        (*arretes.REQUIRED, arretes.SYNDIC, arretes.NUMBER),
        ("date arrêté", "classification arrêté"),
        ("date arrêté", "date arrêté main levée"),
    ),
    "perimetres": Target(
        perimetres.PERIMETRES,
        ("type", "nom", "code", "acte", "date_debut", "date_fin"),
        ("type", "nom"),
        ("date_debut", "date_fin"),
        date_format="%Y-%m-%d",
        has_shape=True,
    ),
    "indicateurs": Target(INDICATORS, ("territoire", "code", "millesime"), ("code", "millesime"), ()),
}
WITH_PERSONS = ("signalements", "arretes")
FIELDS = {name: target.fields for name, target in TARGETS.items()}


def source_of(mapping: TableMapping) -> Source:
    """Give the source that reads the register as its mapping says. Raises UnreadableFile."""
    target = TARGETS[mapping.target]
    given = {*mapping.columns, *mapping.constants} | ({"Référence"} if mapping.key else set())
    needed = (*target.required, *(("Référence",) if mapping.target == "signalements" else ()))
    if missing := [name for name in needed if name not in given]:
        raise mapping.refusal(
            "colonnes", f"il manque dans [colonnes] ou [constantes] : « {' », « '.join(missing)} »"
        )
    if mapping.target == "indicateurs" and not mapping.indicators:
        raise mapping.refusal("cible", "il manque la section [indicateurs] : code = « colonne »")
    return replace(
        target.source,
        name=f"table-{mapping.name}-{mapping.digest}",
        title=f"Registre « {mapping.name} » ({mapping.target})",
        producer=mapping.producer or "Collectivité",
        licence=mapping.licence or "données du partenaire",
        url="fichier du partenaire",
        read=lambda path: _read(path, mapping, target),
        # any other column may hold the name of a person
        reject_fields=frozenset(mapping.used_columns()) if mapping.target in WITH_PERSONS else frozenset(),
        parse=_parser(mapping, target),
    )


def _read(path: Path, mapping: TableMapping, target: Target) -> Records:
    records = read_vector(path) if target.has_shape or _is_vector(path) else read_table(path, required=())
    present = records.columns
    if present and (absent := [column for column in mapping.used_columns() if column not in present]):
        raise mapping.refusal(
            mapping.used_columns()[absent[0]],
            f"la colonne « {absent[0]} » n’est pas dans {path.name} ; colonnes : {', '.join(sorted(present))[:500]}",
        )
    srid = records.srid if target.has_shape else WGS84
    if target.has_shape and mapping.srid is not None:
        srid = mapping.srid
    rows = records.rows
    if not target.has_shape and records.srid != WGS84 and _is_vector(path):
        raise UnreadableFile(
            f"{path.name} : des points en degrés (EPSG:4326) sont attendus pour « {mapping.target} »"
        )
    if mapping.indicators:
        rows = _exploded(records.rows, mapping)
    return replace(records, rows=rows, srid=srid, columns=frozenset({*mapping.columns, *mapping.constants}))


def _is_vector(path: Path) -> bool:
    with open_bytes(path) as stream:
        start = stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    return start.startswith((b"{", b"SQLite format 3"))


def _exploded(rows: Any, mapping: TableMapping) -> Iterator[tuple[int, Any]]:
    """Give one record an indicator."""
    for line, row in rows:
        if isinstance(row, Unread):
            yield line, row
            continue
        told, _ = _row(row)
        for code, column in mapping.indicators.items():
            yield line, {**told, "\0indicateur": code, "\0valeur": told.get(column)}


def _parser(mapping: TableMapping, target: Target) -> Callable[[Any], Any]:
    def parse(record: Any) -> Any:
        if record is None:
            raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
        row, shape = _row(record)
        named = _named(row, mapping, target)
        if target.has_shape:
            return target.source.parse({"properties": named, "geometry": shape})
        if mapping.indicators:
            told = {"territoire": "", "code": "", "millesime": ""} | named
            return target.source.parse(
                told | {"indicateur": row["\0indicateur"], "valeur": fields.text(row["\0valeur"], "valeur")}
            )
        if mapping.target == "signalements":
            _give_position(named, shape, mapping)
            _give_reference(named, row, mapping)
        else:
            named = dict.fromkeys(target.fields, "") | named
        return target.source.parse(named)

    return parse


def _row(record: Any) -> tuple[Mapping[str, Any], Any]:
    """Give the values of a record, and its shape if it is a feature."""
    whole = fields.mapping(record, "ligne")
    if "properties" in whole and "geometry" in whole:
        return fields.mapping(whole["properties"] or {}, "properties"), whole["geometry"]
    return whole, None


def _named(row: Mapping[str, Any], mapping: TableMapping, target: Target) -> dict[str, str]:
    named = dict(mapping.constants)
    for ours, columns in mapping.columns.items():
        parts = (fields.text(row.get(column), column, longest=20_000) for column in columns)
        value = " ".join(part for part in parts if part)
        words = mapping.words.get(ours, {})
        value = words.get(value.casefold(), value)
        if ours in target.dates:
            value = _day(value, " ".join(columns), mapping, target)
        if value or ours not in named:
            named[ours] = value
    return named


def _day(written: str, column: str, mapping: TableMapping, target: Target) -> str:
    if written in ("", "-"):
        return ""
    for form in mapping.date_formats:
        try:
            # a civil day of a file: it has no time zone
            return datetime.strptime(written, form).strftime(target.date_format)  # noqa: DTZ007
        except ValueError:
            continue
    raise InvalidRow(
        f"{column} : date {written[:40]!r} qui n’est pas de la forme {', '.join(mapping.date_formats)}"
    )


def _give_reference(named: dict[str, str], row: Mapping[str, Any], mapping: TableMapping) -> None:
    if mapping.key:
        parts = "\x1f".join(fields.text(row.get(column), column, longest=20_000) for column in mapping.key)
        named["Référence"] = hashlib.blake2b(parts.encode(), digest_size=6).hexdigest()
    if named.get("Référence"):
        named["Référence"] = f"{mapping.prefix}{named['Référence']}"


def _give_position(named: dict[str, str], shape: Any, mapping: TableMapping) -> None:
    """Give longitude and latitude: of the feature, else of the columns, brought to degrees from their projection."""
    if shape is not None:
        point = shape if isinstance(shape, shapely.Geometry) else _point(shape)
        if point is None or point.geom_type != "Point" or point.is_empty:
            raise InvalidRow("géométrie : un point est attendu")
        named["Longitude"], named["Latitude"] = str(point.x), str(point.y)
        return
    if mapping.srid in (None, WGS84) or not any(named.get(name) for name in LON_LAT):
        return
    x, y = (fields.decimal(named.get(name), name) for name in LON_LAT)
    if x is None or y is None:
        raise InvalidRow("position : une des deux coordonnées est absente")
    lon, lat = _to_degrees(mapping.srid).transform(x, y)
    named["Longitude"], named["Latitude"] = f"{lon:.7f}", f"{lat:.7f}"


def _point(document: Any) -> shapely.Geometry | None:
    coordinates = document.get("coordinates") if isinstance(document, Mapping) else None
    if not isinstance(coordinates, list) or document.get("type") != "Point" or len(coordinates) < 2:
        return None
    try:
        return shapely.Point(float(coordinates[0]), float(coordinates[1]))
    except (TypeError, ValueError):
        return None


@cache
def _to_degrees(srid: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(srid, WGS84, always_xy=True)
