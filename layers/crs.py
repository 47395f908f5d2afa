"""The coordinate reference systems we accept: a closed list of integers, never a string from outside.

Geometry is stored in WGS 84; distances and areas are computed in the legal projection of the département
(décret 2000-1276, arrêté of 5 March 2019), never in degrees.
"""

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


def departement_of(code_commune: str) -> str:
    """Give the département code that begins an Insee commune code (2 characters, 3 overseas)."""
    return code_commune[:3] if code_commune.startswith(("97", "98")) else code_commune[:2]


def legal_srid(code: str) -> int:
    """Give the EPSG code of the legal projection for a commune or département code."""
    return LEGAL_SRID_OVERSEAS.get(code[:3], LAMBERT93)
