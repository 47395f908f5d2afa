"""What is to be imported from a folder of official files: of communes, of départements or of France, mixed or not."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cadastre_import.folder import Found, recognise
from cadastre_import.national.layers import LAYERS
from cadastre_import.national.names import departement_in, partition_name
from layers.errors import UnreadableFile

FIRST = ("communes", "epci", "cadastre-communes")  # what stands in a commune is rejected if it is not known


@dataclass(frozen=True)
class Plan:
    """The files that are imported first, one by one, and those that are prepared side by side, largest first."""

    first: list[Found]
    prepared: list[Found]


def plan(folder: Path, layers: Collection[str] = (), departements: Collection[str] = ()) -> Plan:
    """List the files of ``folder`` by their official names; empty ``layers`` and ``departements`` mean all.

    A file of France is kept whatever the départements: it is prepared whole, and loaded for those alone. Raises
    UnreadableFile when there is nothing to prepare, or two files of one name: two editions cannot both be current.
    """
    if not folder.is_dir():
        raise UnreadableFile(f"{folder} : dossier introuvable")
    wanted = set(layers) or set(LAYERS)
    read = {"", *departements}
    found = [file for file in recognise(folder) if not departements or departement_in(file.path) in read]
    prepared = [file for file in found if file.source in wanted]
    if not prepared:
        only = f" pour {', '.join(sorted(departements))}" if departements else ""
        raise UnreadableFile(
            f"{folder} : aucun fichier au nom officiel{only} (cadastre-93-parcelles.json.gz, "
            "cadastre-93-batiments.json.gz, adresses-93.csv.gz…)"
        )
    _refuse_two_editions(prepared)
    prepared.sort(key=lambda file: (-file.path.stat().st_size, file.path.name))
    return Plan([file for file in found if file.source in FIRST], prepared)


def _refuse_two_editions(files: list[Found]) -> None:
    paths: dict[str, Path] = {}
    for file in files:
        name = partition_name(file.path)
        if name in paths:
            raise UnreadableFile(
                f"{file.path.name} : deux fichiers de ce nom ({paths[name].parent} et {file.path.parent}) ; "
                "gardez l’édition à importer"
            )
        paths[name] = file.path
