"""The CSV by which partners brought their old files into Signal Logement: other headers, the same reports.

A row is put under the export's headers and read by its parser; what is refused is said under the file's own headers.
Identities, telephones and allowance numbers are read over, and the name of an owner is kept only for social stock.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.workbook import read_table
from cadastre_import.sources import signal_logement
from layers.errors import InvalidRow

# Header of the export, header of this file
HEADERS = {
    "Référence": "Ref signalement",
    "Déposé le": "Date de creation signalement",
    "Statut": "statut",
    "Dernière MAJ le": "Date modification / maj",
    "Fermé le": "Date cloture",
    "Motif de clôture": "motif_cloture",
    "Description": "details",
    "Adresse": "adresse occupant",
    "Code postal": "Code postal occupant",
    "Commune": "ville occupant",
    "Code INSEE": "code insee occupant",
    "Étage": "etage occupant",
    "Escalier": "escalier occupant",
    "Appartement": "numéro appartement occupant",
    "Logement social": "Logement social",
    "Nature du logement": "Nature du logement",
    "Superficie": "superficie",
    "Nb personnes": "nb occupants logement",
    "Date de la dernière visite": "date visite",
    "Ccl. de la dernière visite": "conclusion visite",
    "Dénomination bailleur": "Nom propriétaire",
    "Étiquettes": "qualification",
    "Longitude": "longitude",
    "Latitude": "latitude",
}
REQUIRED = (
    "Ref signalement",
    "Date de creation signalement",
    "statut",
    "adresse occupant",
    "Code postal occupant",
    "ville occupant",
)
DATES = ("Déposé le", "Dernière MAJ le", "Fermé le", "Date de la dernière visite")
STATUSES = {"ouverture": "en cours", "fermeture": "fermé", "clos": "fermé", "clôturé": "fermé"}
YES_NO = {"o": "oui", "n": "non"}
CRITERIA = (
    "Securite occupants",
    "Etat & Proprete logement",
    "Confort logement",
    "Etat batiment",
    "Espaces de vie",
    "Vie commune & voisinage",
)
DESORDRES = tuple(f"Signalement - {criterion} {rank}" for criterion in CRITERIA for rank in (1, 2, 3))
YEAR_FIRST = re.compile(r"(\d{4})/(\d{2})/(\d{2})")
SHORT_YEAR = re.compile(r"(\d{2}/\d{2})/(\d{2})")


def parse(row: Any) -> list[Any]:
    """Read a report by the export's parser, under the names of this file."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    try:
        return signal_logement.parse(_as_export(row))
    except InvalidRow as error:
        header, colon, told = str(error).partition(" : ")
        raise InvalidRow(f"{HEADERS.get(header, header)}{colon}{told}") from None


def _as_export(row: Mapping[str, Any]) -> dict[str, str]:
    """Give the row as the export would write it: its headers, its statuses, its dates, its oui/non."""
    export = {header: fields.text(row.get(own), own, longest=20_000) for header, own in HEADERS.items()}
    for name in DATES:
        export[name] = _export_date(export[name])
    export["Statut"] = STATUSES.get(export["Statut"].casefold(), export["Statut"])
    social = export["Logement social"].casefold()
    export["Logement social"] = YES_NO.get(social, social)
    if export["Logement social"] != "oui":
        export["Dénomination bailleur"] = ""
    if export["Référence"].isdigit():
        export["Référence"] = f"{export['Déposé le'][-4:]}-{export['Référence']}"
    labels = (fields.text(row.get(name), name).split(" - ")[0].strip() for name in DESORDRES)
    export["Désordres"] = "|".join(label for label in labels if label.casefold() not in ("", "nsp"))
    return export


def _export_date(written: str) -> str:
    """Give a date written ``2021/03/31`` or ``31/03/21`` as ``31/03/2021``, any other text as it is."""
    if year_first := YEAR_FIRST.fullmatch(written):
        year, month, day = year_first.groups()
        return f"{day}/{month}/{year}"
    return SHORT_YEAR.sub(r"\1/20\2", written) if SHORT_YEAR.fullmatch(written) else written


SOURCE = replace(
    signal_logement.SOURCE,
    name="signal-logement-import",
    title="Signalements (ancien fichier d’import de Signal Logement)",
    producer="Partenaires de Signal Logement",
    url="fichier du partenaire",
    read=partial(
        read_table,
        required=REQUIRED,
        known=(*HEADERS.values(), *DESORDRES),
        dates=tuple(HEADERS[name] for name in DATES),
    ),
    parse=parse,
    # the name of an owner is that of a person where the dwelling is not social
    reject_fields=frozenset((*REQUIRED, *HEADERS.values(), *DESORDRES)) - {"Nom propriétaire"},
    # what this file never has (children, criticality…) is under a header that it lacks: it is left as it was
    optional={name: HEADERS.get(header, header) for name, header in signal_logement.SOURCE.optional.items()},
)
