"""Where the official files of a commune are: one function a file, from the URLs of the settings.

The addresses of the cadastre and of the BAN are those that their sources declare. Those of the IRIS (WFS of the
Géoplateforme) and of the dwellings (a page number of the Insee, new each year) were found in use by several public
projects and are not promised by their producers: ``by_hand`` says what to do when they no longer answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings

from cadastre_import.fetching import contents
from cadastre_import.fetching.download import Remote
from cadastre_import.sources import SOURCES
from layers.crs import departement_of

LATEST = "latest"
CADASTRE_LAYERS = ("cadastre-communes", "sections", "parcelles", "batiments")
IRIS_LAYER = "STATISTICALUNITS.IRIS:contours_iris"
DWELLINGS = "8647012/base-ic-logement-2022_csv.zip"
METROPOLE_DU_GRAND_PARIS = "200054781"


def bases() -> Iterator[str]:
    """Give the base URLs that may be asked."""
    yield from (
        settings.CADASTRE_URL,
        settings.BAN_URL,
        settings.IGN_URL,
        settings.INSEE_URL,
        settings.GEO_API_URL,
    )


@dataclass(frozen=True)
class Catalogue:
    """The files, kept under ``folder``; ``edition`` of the cadastre is ``latest`` or a date (2025-01-01)."""

    folder: Path
    edition: str = LATEST

    def place(self, territory: str, name: str) -> Path:
        """Give the place of a file of a commune, a département or an EPCI."""
        return self.folder / territory / name

    def commune(self, code: str) -> Remote:
        """The commune in the Code officiel géographique."""
        fields = "code,nom,type,codesPostaux,codeDepartement,codeEpci,population"
        url = f"{settings.GEO_API_URL}/communes/{code}?{urlencode({'fields': fields}, safe=',')}"
        return Remote(f"commune {code}", url, self.place(code, "api-commune.json"), contents.answer)

    def epci(self, siren: str) -> Remote:
        """An EPCI: name and type."""
        url = f"{settings.GEO_API_URL}/epcis/{siren}?fields=code,nom,type"
        return Remote(f"EPCI {siren}", url, self.place(siren, "api-epci.json"), contents.answer)

    def members(self, siren: str) -> Remote:
        """The communes of an EPCI."""
        url = f"{settings.GEO_API_URL}/epcis/{siren}/communes?fields=code"
        title = f"communes de l’EPCI {siren}"
        return Remote(title, url, self.place(siren, "api-membres.json"), contents.answer)

    def cadastre(self, layer: str, code: str) -> Remote:
        """A layer of the cadastre on a commune, named as its source."""
        url = SOURCES[layer].url.format(
            CADASTRE_URL=settings.CADASTRE_URL, departement=departement_of(code), commune=code
        )
        url = url.replace(f"/{LATEST}/", f"/{self.edition}/")
        path = self.place(code, url.rsplit("/", 1)[1])
        return Remote(f"{layer} {code}", url, path, contents.geojson, fixed=self.edition != LATEST)

    def departement(self, layer: str, departement: str) -> Remote:
        """A layer of the cadastre on a whole département."""
        url = SOURCES[layer].url.replace(
            "communes/{departement}/{commune}/cadastre-{commune}",
            "departements/{departement}/cadastre-{departement}",
        )
        url = url.format(CADASTRE_URL=settings.CADASTRE_URL, departement=departement)
        url = url.replace(f"/{LATEST}/", f"/{self.edition}/")
        path = self.place(departement, url.rsplit("/", 1)[1])
        title = f"{layer} du département {departement}"
        return Remote(title, url, path, contents.geojson, fixed=self.edition != LATEST)

    def iris(self, code: str) -> Remote:
        """The IRIS of a commune, longitude first as GeoJSON wants."""
        query = {
            "SERVICE": "WFS",
            "VERSION": "2.0.0",
            "REQUEST": "GetFeature",
            "TYPENAMES": IRIS_LAYER,
            "OUTPUTFORMAT": "application/json",
            "SRSNAME": "EPSG:4326",
            "CQL_FILTER": f"code_insee='{code}'",
        }
        url = f"{settings.IGN_URL}/wfs/ows?{urlencode(query)}"
        return Remote(f"iris {code}", url, self.place(code, "wfs-iris.json"), contents.features)

    def addresses(self, departement: str) -> Remote:
        """The addresses of a département: the BAN publishes no smaller file."""
        url = SOURCES["ban"].url.format(BAN_URL=settings.BAN_URL, departement=departement)
        path = self.place(departement, url.rsplit("/", 1)[1])
        return Remote(f"adresses du département {departement}", url, path, contents.addresses)

    def dwellings(self) -> Remote:
        """The dwellings of every IRIS of France, census of 2022."""
        path = self.place("france", DWELLINGS.rsplit("/", 1)[1])
        url = f"{settings.INSEE_URL}/{DWELLINGS}"
        return Remote("logements par IRIS (France, 2022)", url, path, contents.archive, fixed=True)
