"""The urban fabrics: how large blocks, streets and parcels are in each part of a town."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fabric:
    """Metric habits of one kind of neighbourhood; every length is in metres."""

    name: str
    urbanity: int  # the greater wins where a coarse cell touches several fabrics
    block_depth_m: float
    block_length_m: float
    street_m: tuple[float, float]
    slant_deg: float  # how far streets stray from the square
    frontage_m: float  # median width of a parcel on the street; 0 keeps the block whole
    frontage_spread: float  # sigma of its logarithm


PLACE = Fabric("place", 9, 200, 200, (6, 6), 0, 0, 0)
CENTRE = Fabric("centre", 8, 54, 96, (4.5, 7.5), 11, 7.8, 0.30)
FAUBOURG = Fabric("faubourg", 7, 66, 150, (7.5, 10.5), 5, 9.4, 0.28)
BOURG = Fabric("bourg", 6, 72, 120, (5.5, 8), 9, 11.5, 0.35)
PAVILLON = Fabric("pavillon", 5, 66, 200, (7.5, 9.5), 4, 16.5, 0.22)
GRAND_ENSEMBLE = Fabric("grand_ensemble", 7, 165, 235, (9, 13), 3, 0, 0)
ACTIVITE = Fabric("activite", 6, 120, 230, (10, 13), 2, 52, 0.4)
PARC = Fabric("parc", 6, 210, 300, (6, 9), 6, 0, 0)
CHAMPS = Fabric("champs", 1, 310, 480, (4.5, 6), 9, 85, 0.45)
BOIS = Fabric("bois", 1, 300, 480, (4, 5), 9, 130, 0.4)

FABRICS = {
    fabric.name: fabric
    for fabric in (
        PLACE, CENTRE, FAUBOURG, BOURG, PAVILLON, GRAND_ENSEMBLE, ACTIVITE, PARC, CHAMPS, BOIS,
    )
}  # fmt: skip
RURAL = frozenset({"champs", "bois"})
