"""The files that no certain address gives: which, from which page, and the command that imports them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cadastre_import.fetching.catalogue import METROPOLE_DU_GRAND_PARIS
from layers.models import Epci, ImportRun


@dataclass(frozen=True)
class HandFile:
    """A file to download with a browser."""

    source: str
    title: str
    page: str
    what: str
    file: str

    def __str__(self) -> str:
        return (
            f"{self.title} : {self.what}\n"
            f"    page : {self.page}\n"
            f"    puis : manage.py import_source {self.source} {self.file}"
        )


IRIS = HandFile(
    "iris",
    "Contours des IRIS (IGN, Insee)",
    "https://geoservices.ign.fr/contoursiris",
    "archive .7z du territoire ; en extraire le GeoPackage",
    "CONTOURS-IRIS.gpkg",
)
DWELLINGS = HandFile(
    "logement",
    "Logements par IRIS (Insee, base-ic-logement)",
    "https://www.insee.fr/fr/statistiques/8647012 (recensement de 2022 ; chaque édition a sa page)",
    "archive .zip au format CSV ; en extraire le fichier de données",
    "base-ic-logement-2022.CSV",
)
EPT = HandFile(
    "epci",
    "Établissements publics territoriaux du Grand Paris (Insee)",
    "https://unpkg.com/@etalab/decoupage-administratif/data/ept.json",
    "l’API Découpage administratif ne les connaît pas",
    "ept.json",
)
ALWAYS = (
    HandFile(
        "qpv",
        "Quartiers prioritaires de la politique de la ville (ANCT)",
        "https://www.data.gouv.fr/datasets/quartiers-prioritaires-de-la-politique-de-la-ville-qpv",
        "fichier GeoJSON en WGS 84",
        "qpv.geojson",
    ),
    HandFile(
        "rnb",
        "Référentiel national des bâtiments",
        "https://www.data.gouv.fr/datasets/referentiel-national-des-batiments",
        "export du département ; extraire le CSV de l’archive .zip",
        "RNB_93.csv",
    ),
    HandFile(
        "rpls",
        "Logements sociaux (SDES, RPLS au logement)",
        "https://www.data.gouv.fr/datasets/5a1dd4e5c751df02b116a0d6",
        "fichier CSV de la région",
        "rpls.csv",
    ),
    HandFile(
        "carreaux",
        "Carreaux de 200 m (Insee, Filosofi)",
        "https://www.insee.fr/fr/statistiques/7655475 (revenus de 2019 ; chaque édition a sa page)",
        "GeoPackage, à découper sur le territoire avant l’import",
        "carreaux_200m.gpkg",
    ),
)


def still_to_fetch(failed: Collection[str], sirens: Collection[str]) -> Iterator[HandFile]:
    """Give what the database lacks: the sources that ``failed`` today, then those that were never imported.

    ``sirens`` are the EPCI of the territory.
    """
    yield from (file for file in (IRIS, DWELLINGS) if file.source in failed)
    if METROPOLE_DU_GRAND_PARIS in sirens and not Epci.objects.filter(type="EPT").exists():
        yield EPT
    done = ImportRun.objects.filter(status=ImportRun.Status.DONE)
    imported = set(done.values_list("source", flat=True).distinct().order_by())
    yield from (file for file in ALWAYS if file.source not in imported)
