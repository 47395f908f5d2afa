"""The records as DCAT-AP 3, in JSON-LD: what data portals harvest."""

from typing import Any

from django.http import HttpRequest

from api.metadata.records import CONTACT, OPEN_LICENCE, OPEN_LICENCE_URI, PUBLISHER, Record

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
}
AUTHORITY = "http://publications.europa.eu/resource/authority"
THEMES = {"REGI": "Régions et villes", "SOCI": "Population et société"}
MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
EPSG = "http://www.opengis.net/def/crs/EPSG/0"


def catalogue(request: HttpRequest, records: list[Record]) -> dict[str, Any]:
    """Give the catalogue of the layers that its reader may read."""
    return {
        "@context": CONTEXT,
        "@id": request.build_absolute_uri(request.path),
        "@type": "dcat:Catalog",
        "dct:title": french("Couches de geo_lhi"),
        "dct:description": french("Territoires, cadastre, signalements et analyses de l’habitat dégradé."),
        "dct:publisher": _agent(PUBLISHER),
        "dct:language": _known(f"{AUTHORITY}/language/FRA", "dct:LinguisticSystem"),
        "dcat:dataset": [dataset(record) for record in records],
    }


def document(record: Record) -> dict[str, Any]:
    """Give one record as a document of its own."""
    return {"@context": CONTEXT, **dataset(record)}


def dataset(record: Record) -> dict[str, Any]:
    """Describe a layer as a dataset."""
    layer = record.layer
    access = "RESTRICTED" if layer.is_personal else "PUBLIC"
    return {
        "@id": record.url,
        "@type": "dcat:Dataset",
        "dct:identifier": layer.id,
        "dct:title": french(layer.title),
        "dct:description": french(layer.abstract),
        "dcat:keyword": [french(word) for word in layer.keywords],
        "dcat:theme": [
            _known(f"{AUTHORITY}/data-theme/{code}", "skos:Concept") | {"skos:prefLabel": french(name)}
            for code, name in THEMES.items()
        ],
        "dct:language": _known(f"{AUTHORITY}/language/FRA", "dct:LinguisticSystem"),
        "dct:modified": {"@type": "xsd:date", "@value": record.modified_on.isoformat()},
        "dct:publisher": _agent(PUBLISHER),
        "dcat:contactPoint": {"@type": ["vcard:Organization", "vcard:Kind"], "vcard:fn": CONTACT},
        "dct:accessRights": _known(f"{AUTHORITY}/access-right/{access}", "dct:RightsStatement"),
        "dct:spatial": {
            "@type": "dct:Location",
            "dcat:bbox": {"@type": "gsp:wktLiteral", "@value": _wkt(record.extent)},
        },
        "dct:conformsTo": [_known(f"{EPSG}/{srid}", "dct:Standard") for srid in layer.crs],
        "prov:wasDerivedFrom": [
            {
                "@type": "dcat:Dataset",
                "dct:title": french(source.producer.title),
                "dct:description": french(f"{source.producer.title}, de {source.producer.producer}."),
                "dct:publisher": _agent(source.producer.producer),
                "dct:license": _licence([source.producer.licence]),
                **(
                    {"dct:issued": {"@type": "xsd:date", "@value": source.millesime.isoformat()}}
                    if source.millesime
                    else {}
                ),
            }
            for source in record.sources
        ],
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dct:title": french(way.title),
                "dcat:accessURL": _known(way.url, "rdfs:Resource"),
                "dcat:mediaType": _known(f"{MEDIA_TYPES}/{way.media_type}", "dct:MediaType"),
                "dct:license": _licence(record.licences),
            }
            for way in record.ways
        ],
    }


def french(text: str) -> dict[str, str]:
    """Give a French text."""
    return {"@language": "fr", "@value": text}


def _agent(name: str) -> dict[str, Any]:
    return {"@type": "foaf:Agent", "foaf:name": french(name)}


def _known(address: str, kind: str) -> dict[str, Any]:
    """Name a thing that is described elsewhere, and say what it is: a catalogue does not fetch it to know."""
    return {"@id": address, "@type": kind}


def _licence(licences: list[str]) -> dict[str, Any]:
    """Give the one licence that DCAT-AP allows a distribution; several hold together."""
    if licences == [OPEN_LICENCE]:
        return _known(OPEN_LICENCE_URI, "dct:LicenseDocument")
    return {"@type": "dct:LicenseDocument", "dct:title": french(" ; ".join(licences))}


def _wkt(extent: list[float]) -> str:
    west, south, east, north = (f"{degrees:.5f}" for degrees in extent)
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(' '.join(corner) for corner in corners)}))"
