"""The paths that the producers give to their files, and the answers of their services."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

CADASTRE, BAN, IGN, INSEE, GEO = "/cadastre", "/ban", "/ign", "/insee", "/geo"


def settings_of(url: str) -> dict[str, str]:
    """Give the settings that make the server at ``url`` every producer at once."""
    return {
        "CADASTRE_URL": url + CADASTRE,
        "BAN_URL": url + BAN,
        "IGN_URL": url + IGN,
        "INSEE_URL": url + INSEE,
        "GEO_API_URL": url + GEO,
    }


def cadastre_path(code: str, layer: str, edition: str = "latest") -> str:
    """Give the path of a layer of the cadastre (Etalab)."""
    return f"{CADASTRE}/{edition}/geojson/communes/{code[:2]}/{code}/cadastre-{code}-{layer}.json.gz"


def ban_path(departement: str) -> str:
    """Give the path of a département of the BAN."""
    return f"{BAN}/latest/csv/adresses-{departement}.csv.gz"


def departement_path(departement: str, name: str) -> str:
    """Give the path of a file of a whole département."""
    if name.startswith("adresses"):
        return ban_path(departement)
    return f"{CADASTRE}/latest/geojson/departements/{departement}/{name}"


def dwellings_path() -> str:
    """Give the path of the Insee's archive."""
    return f"{INSEE}/8647012/base-ic-logement-2022_csv.zip"


def iris_path(code: str) -> str:
    """Give the WFS request for the IRIS of a commune."""
    query = {
        "SERVICE": "WFS",
        "VERSION": "2.0.0",
        "REQUEST": "GetFeature",
        "TYPENAMES": "STATISTICALUNITS.IRIS:contours_iris",
        "OUTPUTFORMAT": "application/json",
        "SRSNAME": "EPSG:4326",
        "CQL_FILTER": f"code_insee='{code}'",
    }
    return f"{IGN}/wfs/ows?{urlencode(query)}"


def geo_answers(
    communes: Iterable[Mapping[str, Any]], epcis: Iterable[Mapping[str, Any]]
) -> dict[str, bytes]:
    """Give what the API Découpage administratif answers, from records in the shape of the COG's JSON."""
    epcis = list(epcis)
    owner = {member["code"]: epci["code"] for epci in epcis for member in epci["membres"]}
    answers: dict[str, Any] = {}
    for commune in communes:
        code = commune["code"]
        record = {name: commune[name] for name in ("code", "nom", "type", "codesPostaux", "population")}
        record |= {"codeDepartement": commune["departement"]}
        record |= {"codeEpci": owner[code]} if code in owner else {}
        fields = "code,nom,type,codesPostaux,codeDepartement,codeEpci,population"
        answers[f"{GEO}/communes/{code}?fields={fields}"] = record
    for epci in epcis:
        siren = epci["code"]
        record = {name: epci[name] for name in ("code", "nom", "type")}
        answers[f"{GEO}/epcis/{siren}?fields=code,nom,type"] = record
        members = [{"code": member["code"]} for member in epci["membres"]]
        answers[f"{GEO}/epcis/{siren}/communes?fields=code"] = members
    return {path: json.dumps(answer).encode() for path, answer in answers.items()}


def iris_answer(features: Sequence[Mapping[str, Any]], stamp: str = "2026-01-01T00:00:00Z") -> bytes:
    """Give a WFS answer as GeoServer writes it."""
    document = {
        "type": "FeatureCollection",
        "features": features,
        "totalFeatures": len(features),
        "numberMatched": len(features),
        "numberReturned": len(features),
        "timeStamp": stamp,
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}},
    }
    return json.dumps(document).encode()


def dwellings_archive(rows: Mapping[str, int]) -> bytes:
    """Give an archive of the Insee: dwellings by IRIS."""
    lines = ["IRIS;COM;TYP_IRIS;LAB_IRIS;P22_LOG;P22_RP"]
    lines += [f"{iris};{iris[:5]};H;1;{count},5;{count}" for iris, count in rows.items()]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("meta_base-ic-logement-2022.CSV", "COD_VAR;LIB_VAR\n")
        opened.writestr("base-ic-logement-2022.CSV", "\n".join(lines) + "\n")
    return stream.getvalue()
