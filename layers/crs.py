"""The coordinate reference systems we accept: a closed list of integers, never a string from outside.

Geometry is stored in WGS 84; distances and areas are computed in the legal projection of the département
(décret 2000-1276, arrêté of 5 March 2019), never in degrees.
"""

from typing import Any

WGS84 = 4326
WEB_MERCATOR = 3857
LAMBERT93 = 2154

LEGAL_SRID_OVERSEAS = {
    "971": 5490,  # Guadeloupe
    "972": 5490,  # Martinique
    "973": 2972,  # Guyane
    "974": 2975,  # La Réunion
    "975": 4467,  # Saint-Pierre-et-Miquelon
    "976": 4471,  # Mayotte
    "977": 5490,  # Saint-Barthélemy
    "978": 5490,  # Saint-Martin
}

ACCEPTED_SRIDS = frozenset({WGS84, WEB_MERCATOR, LAMBERT93, *LEGAL_SRID_OVERSEAS.values()})


# West, south, east, north of each part of France, in degrees, rounded outwards: what lies in none of them is a
# mistake (axes swapped, another projection, the null island)
FRANCE = (
    (-5.6, 41.2, 9.8, 51.3),
    (-63.3, 14.2, -60.7, 18.3),  # Antilles
    (-54.8, 2.0, -51.4, 6.0),  # Guyane
    (55.1, -21.5, 56.0, -20.7),  # La Réunion
    (44.9, -13.2, 45.4, -12.5),  # Mayotte
    (-56.6, 46.6, -56.0, 47.3),  # Saint-Pierre-et-Miquelon
    (-178.4, -14.6, -176.0, -13.0),  # Wallis-et-Futuna
    (-155.0, -28.0, -134.0, -7.5),  # Polynésie française
    (158.0, -23.3, 172.3, -17.5),  # Nouvelle-Calédonie
)


def in_france(lon: Any, lat: Any) -> Any:
    """Tell if points in degrees (numbers, or arrays of them) are near enough to a part of France to be its places."""
    inside: Any = False
    for part in FRANCE:
        inside = inside | in_part(part, lon, lat)
    return inside


def in_part(part: tuple[float, float, float, float], lon: Any, lat: Any) -> Any:
    """Tell if points in degrees are in one of the parts of FRANCE."""
    west, south, east, north = part
    return (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)


def departement_of(code_commune: str) -> str:
    """Give the département code that begins an Insee commune code (2 characters, 3 overseas)."""
    return code_commune[:3] if code_commune.startswith(("97", "98")) else code_commune[:2]


def departements_of_postcode(code_postal: str) -> tuple[str, ...]:
    """Give the départements that a postcode may begin with; some communes are served from the next one.

    Corsica's postcodes say 20 where its communes say 2A or 2B; Saint-Barthélemy and Saint-Martin kept those of
    Guadeloupe.
    """
    if code_postal.startswith("20"):
        return ("2A", "2B")
    if code_postal.startswith("971"):
        return ("971", "977", "978")
    code = departement_of(code_postal)
    return (code,) if code else ()


def legal_srid(code: str) -> int:
    """Give the EPSG code of the legal projection for a commune or département code."""
    return LEGAL_SRID_OVERSEAS.get(code[:3], LAMBERT93)
