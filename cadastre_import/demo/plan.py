"""What the invented EPCI is: its communes, the mesh of secteurs they are made of, their centres.

The plan is drawn in polar coordinates (metres, degrees) round the old centre of the main town: rings are
boulevards, radials are avenues and country roads. A secteur is one cell of that mesh. It is one cadastral
section, and a group of secteurs is an IRIS, so that every boundary runs along a road.

The communes do not exist: their numbers (36901 and following) lie far above the last number of the
département, 248, and no commune of France bears their names.
"""

from dataclasses import dataclass

import numpy as np

EPCI_NAME = "CA du Val de Vauze (territoire inventé)"
DEPARTEMENT, REGION, ARRONDISSEMENT = "36", "24", "362"
ORIGIN_L93 = (569_000.0, 6_634_000.0)  # a countryside of ponds, on no town
RIVER = "la Vauze"
RIVER_WIDTH_M = 32.0
RIVER_RING_M, RIVER_ANGLES = 230.0, (40.0, 200.0)  # along the old centre, then outward on two radials
PLACE_RADIUS_M = 52.0


@dataclass(frozen=True)
class Core:
    """A centre (polar position) and the distances at which its fabrics end."""

    r: float
    angle: float
    reach_m: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Band:
    """A patch of the polar mesh; ``iris`` and ``uses`` have one letter for each cell, inner row first.

    In ``uses``: ``.`` what the distance to the cores gives, ``G`` grand ensemble, ``A`` activité, ``P`` parc,
    ``B`` bois; a lower-case ``x`` marks the cells of the absorbed commune.
    """

    radii: tuple[float, ...]
    angles: tuple[float, ...]
    iris: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True)
class CommunePlan:
    """A commune: its cells of the mesh, its centres, and the names of its IRIS in the order of their codes."""

    insee: str
    name: str
    postcode: str
    bands: tuple[Band, ...]
    cores: tuple[Core, ...]
    iris_names: tuple[str, ...]  # one a letter of ``iris``; one alone is an undivided commune
    iris_types: str
    absorbed: tuple[str, str] | None = None  # INSEE code and name of the absorbed commune
    income: float = 0.0  # mean of the log income index, territory at 0


def _angles(count: int, jitter: int) -> tuple[float, ...]:
    """Give ``count`` + 1 angles round the town, the two river angles among them."""
    first, second = RIVER_ANGLES
    inner = max(2, round(count * (second - first) / 360))
    shifts = np.random.default_rng(jitter).uniform(-0.13, 0.13, count)
    steps = [first + (second - first) * (k + (shifts[k] if k else 0)) / inner for k in range(inner)]
    outer = count - inner
    for k in range(outer):
        steps.append(second + (360 + first - second) * (k + (shifts[inner + k] if k else 0)) / outer)
    return (*(round(step, 2) for step in steps), 360.0 + first)


AMBREUIL = CommunePlan(
    "36901", "Ambreuil-sur-Vauze", "36970",
    (
        Band((PLACE_RADIUS_M, 230.0), (40.0, 96.0, 152.0, 200.0, 268.0, 336.0, 400.0), ("AABBCC",), ("......",)),
        Band((230.0, 430.0), _angles(8, 1), ("DEFGHIJK",), ("........",)),
        Band((430.0, 720.0), _angles(9, 2), ("LMNOPQRST",), (".........",)),
        Band((720.0, 1100.0), _angles(12, 3), ("UUVWXYZabccd",), ("...G...P...G",)),
        Band((1100.0, 1600.0), _angles(12, 3), ("eefgghhijkkl",), ("..AG.......G",)),
        Band((1600.0, 2200.0), _angles(11, 4), ("mmnnnoooomm",), ("..AA....B..",)),
    ),
    (Core(0, 0, (("centre", 440), ("faubourg", 930), ("pavillon", 1660))),),
    (
        "Centre Halles", "Centre Abbaye", "Centre Hôtel de Ville", "Quai des Tanneurs", "Moulin Blanc",
        "Poterne", "Vieux Pont", "Sainte-Odille", "Les Cordiers", "Porte du Midi", "Le Mail", "Gare Nord",
        "Gare Sud", "Filatures", "Petit Faubourg", "Les Verreries", "Croix Verte", "Les Capucines",
        "Champ de Foire", "Les Forges", "Bellevue", "Les Glycines", "Les Sorbiers", "Hôpital", "Beau Soleil",
        "Les Terrasses", "Jardin des Plantes", "Les Vignes", "La Garenne", "Les Peupliers Ouest",
        "La Prairie", "Zone des Gaults", "Le Grand Pré", "Les Coteaux", "La Croix Blanche", "Les Ormeaux",
        "La Fontaine", "Les Peupliers Est", "Les Alouettes", "Les Gaults Activités", "Plateau Rural",
    ),
    "HHHHHHHHHHHHHHHHHHHHHHHHHHDHHHHAHHHHHHHAD",
    income=-0.05,
)  # fmt: skip
CORVENNES = CommunePlan(
    "36902", "Corvennes", "36980",
    (
        Band(
            (2200.0, 2850.0, 3300.0, 3700.0, 4250.0, 5000.0),
            (15.0, 28.0, 40.0, 51.0, 57.5, 63.0, 73.0, 85.0, 100.0),
            ("AABBBCCC", "AADEEFGG", "AADHIJGG", "AADKKLGG", "MMMKKLGG"),
            (".....AA.", ".....G..", ".......B", "........", "xxx....B"),
        ),
    ),
    (
        Core(3500, 57, (("centre", 165), ("faubourg", 390), ("pavillon", 980))),
        Core(4560, 31, (("bourg", 150), ("pavillon", 330))),
    ),
    (
        "Les Rives", "Bas-Corvennes", "Les Gabelles Activités", "Le Tertre", "Pont-Vieux", "Les Bruyères",
        "La Haute Borne", "Centre Ouest", "Centre Est", "Les Vergers", "Le Bois Clair", "Les Champs Blancs",
        "Lorvault",
    ),
    "DHAHHHDHHHHHH",
    absorbed=("36907", "Lorvault"),
    income=-0.12,
)  # fmt: skip
HAUTS_LORIERS = CommunePlan(
    "36903", "Les Hauts-Loriers", "36990",
    (
        Band(
            (2200.0, 2700.0, 3100.0, 3500.0, 4000.0, 4700.0),
            (100.0, 112.0, 122.0, 131.0, 141.0, 152.0, 165.0),
            ("AAAABB", "ACDEFB", "ACGHFB", "AIIJJB", "AAAABB"),
            ("....A.", "....G.", "......", "......", "B....B"),
        ),
    ),
    (Core(3300, 127, (("centre", 130), ("faubourg", 280), ("pavillon", 720))),),
    (
        "Les Friches", "La Remise Activités", "Les Plants", "Les Loriers Bas", "La Butte", "Les Quatre Vents",
        "Bourg Centre", "Les Basses Rues", "Le Parc", "Les Loriers Hauts",
    ),
    "DAHHHHHHHH",
    income=0.05,
)  # fmt: skip
SAINT_ORVAL = CommunePlan(
    "36904", "Saint-Orval", "36990",
    (
        Band(
            (2200.0, 2900.0, 3600.0, 4500.0), (165.0, 183.0, 200.0, 217.0, 235.0),
            ("AAAA", "AAAA", "AAAA"), ("....", "...B", "B..."),
        ),
    ),
    (Core(3240, 208, (("bourg", 170), ("pavillon", 400))),),
    ("Saint-Orval (commune non irisée)",), "Z", income=0.12,
)  # fmt: skip
FONTMARELLE = CommunePlan(
    "36905", "Fontmarelle", "36990",
    (
        Band(
            (2200.0, 2900.0, 3600.0, 4500.0), (235.0, 252.0, 270.0, 288.0, 305.0),
            ("AAAA", "AAAA", "AAAA"), ("....", "....", "BB.."),
        ),
    ),
    (Core(3250, 261, (("bourg", 150), ("pavillon", 460))),),
    ("Fontmarelle (commune non irisée)",), "Z", income=0.22,
)  # fmt: skip
BREZOLLES = CommunePlan(
    "36906", "Brézolles-le-Vieux", "36980",
    (
        Band(
            (2200.0, 2950.0, 3650.0, 4700.0), (305.0, 322.0, 340.0, 358.0, 375.0),
            ("AAAA", "AAAA", "AAAA"), ("....", "....", "B..B"),
        ),
    ),
    (Core(3330, 349, (("bourg", 180), ("pavillon", 360))),),
    ("Brézolles-le-Vieux (commune non irisée)",), "Z", income=0.0,
)  # fmt: skip

COMMUNES = (AMBREUIL, CORVENNES, HAUTS_LORIERS, SAINT_ORVAL, FONTMARELLE, BREZOLLES)


def communes_kept(count: int) -> tuple[CommunePlan, ...]:
    """Give the communes of a smaller territory: a town of ten IRIS first, the main town last."""
    order = (HAUTS_LORIERS, SAINT_ORVAL, FONTMARELLE, BREZOLLES, CORVENNES, AMBREUIL)
    kept = set(order[:count])
    return tuple(commune for commune in COMMUNES if commune in kept)
