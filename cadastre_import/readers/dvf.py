"""The two files of property sales, read under the names of one of them: the geolocated DVF."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Records, Unread, converted
from layers.errors import UnreadableFile

LOTS = range(1, 6)
GEOLOCATED = frozenset(
    [
        "id_mutation",
        "date_mutation",
        "nature_mutation",
        "valeur_fonciere",
        "code_commune",
        "id_parcelle",
        "type_local",
    ]
)
RAW = {
    "date mutation": "date_mutation",
    "nature mutation": "nature_mutation",
    "valeur fonciere": "valeur_fonciere",
    "no voie": "adresse_numero",
    "b t q": "adresse_suffixe",
    "type de voie": "type_voie",
    "code voie": "adresse_code_voie",
    "voie": "voie",
    "code departement": "departement",
    "code commune": "commune",
    "prefixe de section": "prefixe",
    "section": "section",
    "no plan": "plan",
    "type local": "type_local",
    "surface reelle bati": "surface_reelle_bati",
    "nombre pieces principales": "nombre_pieces_principales",
    "nature culture": "code_nature_culture",
    "nature culture speciale": "code_nature_culture_speciale",
    "surface terrain": "surface_terrain",
}
for _n in LOTS:
    _lot = f"{_n}{'er' if _n == 1 else 'eme'} lot"
    RAW |= {_lot: f"lot{_n}_numero", f"surface carrez du {_lot}": f"lot{_n}_surface_carrez"}
NEEDED = (
    "date_mutation",
    "nature_mutation",
    "valeur_fonciere",
    "departement",
    "commune",
    "section",
    "plan",
    "type_local",
)
ABSENT = ("", "NA")


def read_dvf(path: Path) -> Records:
    """Read the rows of either file; the raw one has no position, and no number of mutation."""
    records = read_csv(path, required=())
    if records.columns >= GEOLOCATED:
        return records
    names = {header: RAW[spelt] for header in records.columns if (spelt := _spelling(header)) in RAW}
    if missing := [header for header, name in RAW.items() if name in NEEDED and name not in names.values()]:
        raise UnreadableFile(
            f"{path.name} : ni le DVF géolocalisé (il manque {', '.join(sorted(GEOLOCATED - records.columns))}), "
            f"ni le fichier brut de la DGFiP (il manque {', '.join(missing)})"
        )
    return Records(
        _geolocated(records, names),
        columns=records.columns,
        notices=(*records.notices, "fichier brut : sans position"),
    )


def _spelling(header: str) -> str:
    """Give a column's name without accents, points nor case; R writes « X1er.lot » for « 1er lot »."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode().lower()
    return re.sub(r"^x(?=\d)", "", " ".join(re.findall("[a-z0-9]+", plain)))


def _geolocated(records: Records, names: dict[str, str]) -> Iterator[tuple[int, Any]]:
    """Give each row as the geolocated file writes it; consecutive rows of a day and a price are one mutation."""

    def renamed(row: dict[str, str]) -> dict[str, str]:
        values = {
            name: "" if row[header] in ABSENT else row[header].strip() for header, name in names.items()
        }
        return values | _rebuilt(values) | {"id_mutation": ""}

    number, current = 0, None
    for line, row in records.rows:
        values = converted(row, renamed)
        if isinstance(values, Unread):
            yield line, values
            continue
        act = (values["departement"], values["date_mutation"], values["valeur_fonciere"])
        number += act != current
        current = act
        yield line, values | {"id_mutation": str(number)}


def _rebuilt(values: dict[str, str]) -> dict[str, str]:
    """Rebuild the Insee code, the parcelle of 14 characters, the day and the street; the parser checks them."""
    overseas = values["departement"].startswith("97")
    commune = values["departement"].rjust(2, "0") + values["commune"].rjust(2 if overseas else 3, "0")
    plan = f"{values.get('prefixe', ''):0>3}{values['section']:0>2}{values['plan']:0>4}"
    street_code = values.get("adresse_code_voie", "")
    return {
        "date_mutation": "-".join(reversed(values["date_mutation"].split("/"))),
        "code_commune": commune,
        "id_parcelle": commune + plan,
        "adresse_nom_voie": f"{values.get('type_voie', '')} {values.get('voie', '')}".strip(),
        "adresse_code_voie": street_code and f"{street_code:0>4}",
    }
