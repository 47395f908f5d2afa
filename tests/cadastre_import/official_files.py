"""Small files in the official formats, written where a test wants them."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.factories.geometry import square

EXPORT_COLUMNS = (
    "Référence;Déposé le;Statut;Adresse;Code postal;Commune;Code INSEE;Désordres;Longitude;Latitude;Superficie;"
    "Logement social;Fermé le;Étiquettes;Nb personnes;Description"
)


def polygon(x: float, y: float, side: float) -> dict[str, Any]:
    """Give a GeoJSON polygon: the square of ``side`` metres at (x, y) of the tests' origin."""
    return json.loads(square(x, y, side)[0].geojson)


def parcelle(idu: str, geometry: Mapping[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """Give a parcelle as Etalab publishes it."""
    return {
        "type": "Feature",
        "id": idu,
        "geometry": geometry if geometry is not None else polygon(0, 0, 10),
        "properties": {
            "id": idu,
            "commune": idu[:5],
            "prefixe": idu[5:8],
            "section": idu[8:10].lstrip("0"),
            "numero": idu[10:].lstrip("0"),
            "contenance": 100,
            "created": "2004-10-13",
            "updated": "2024-02-01",
        }
        | properties,
    }


def write_features(path: Path, features: Iterable[Any], *, compress: bool = True) -> Path:
    """Write a FeatureCollection, one feature a line."""
    lines = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    content = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'.encode()
    path.write_bytes(gzip.compress(content) if compress else content)
    return path


def export_row(reference: str, **values: str) -> dict[str, str]:
    """Give a row of Signal Logement's export; ``values`` are by column, spaces written as underscores."""
    row = dict.fromkeys(EXPORT_COLUMNS.split(";"), "")
    row |= {
        "Référence": reference,
        "Déposé le": "03/02/2025",
        "Statut": "en cours",
        "Adresse": "12 rue du Moulin",
        "Code postal": "60999",
        "Commune": "Ici",
        "Code INSEE": "",
    }
    return row | {name.replace("_", " "): value for name, value in values.items()}


def write_csv(path: Path, rows: Iterable[Mapping[str, str]], *, encoding: str = "utf-8-sig") -> Path:
    """Write rows as administrations do: semicolons, CRLF."""
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path
