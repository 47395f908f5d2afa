"""The records as DCAT-AP 3, in JSON-LD: what data portals harvest."""

from typing import Any

from django.http import HttpRequest

from api.metadata.records import CONTACT, OPEN_LICENCE, OPEN_LICENCE_URI, PUBLISHER, Record

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
}
AUTHORITY = "http://publications.europa.eu/resource/authority"
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
        "dct:language": {"@id": f"{AUTHORITY}/language/FRA"},
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
        "dcat:theme": [{"@id": f"{AUTHORITY}/data-theme/REGI"}, {"@id": f"{AUTHORITY}/data-theme/SOCI"}],
        "dct:language": {"@id": f"{AUTHORITY}/language/FRA"},
        "dct:modified": {"@type": "xsd:date", "@value": record.modified_on.isoformat()},
        "dct:publisher": _agent(PUBLISHER),
        "dcat:contactPoint": {"@type": "vcard:Organization", "vcard:fn": CONTACT},
        "dct:accessRights": {"@id": f"{AUTHORITY}/access-right/{access}"},
        "dct:spatial": {
            "@type": "dct:Location",
            "dcat:bbox": {"@type": "gsp:wktLiteral", "@value": _wkt(record.extent)},
        },
        "dct:conformsTo": [{"@id": f"{EPSG}/{srid}"} for srid in layer.crs],
        "prov:wasDerivedFrom": [
            {
                "@type": "dcat:Dataset",
                "dct:title": french(source.producer.title),
                "dct:publisher": _agent(source.producer.producer),
                "dct:license": _licence(source.producer.licence),
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
                "dcat:accessURL": {"@id": way.url},
                "dcat:mediaType": {"@id": f"{MEDIA_TYPES}/{way.media_type}"},
                "dct:license": [_licence(licence) for licence in record.licences],
            }
            for way in record.ways
        ],
    }


def french(text: str) -> dict[str, str]:
    """Give a French text."""
    return {"@language": "fr", "@value": text}


def _agent(name: str) -> dict[str, Any]:
    return {"@type": "foaf:Agent", "foaf:name": french(name)}


def _licence(licence: str) -> dict[str, Any]:
    if licence == OPEN_LICENCE:
        return {"@id": OPEN_LICENCE_URI}
    return {"@type": "dct:LicenseDocument", "dct:title": french(licence)}


def _wkt(extent: list[float]) -> str:
    west, south, east, north = (f"{degrees:.5f}" for degrees in extent)
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(' '.join(corner) for corner in corners)}))"
