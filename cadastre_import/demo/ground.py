"""The built ground of the territory, before any file: mesh, parcelles, buildings, streets and addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .addresses import Address, Street, build_addresses
from .buildings import Building, build_buildings, building_polygons
from .mesh import Mesh, build_secteurs
from .parcels import Parcel, build_parcels, parcel_polygons
from .plan import CommunePlan
from .streets import build_streets


@dataclass(frozen=True)
class Ground:
    """Parcelles and buildings with their polygons in Lambert-93, row for row."""

    communes: tuple[CommunePlan, ...]
    mesh: Mesh
    parcels: list[Parcel]
    parcel_shapes: np.ndarray
    buildings: list[Building]
    building_shapes: np.ndarray
    streets: list[Street]
    addresses: list[Address]

    @cached_property
    def doors(self) -> dict[int, list[Address]]:
        """The addresses of each parcelle that has one."""
        doors: dict[int, list[Address]] = {}
        for address in self.addresses:
            doors.setdefault(address.parcel, []).append(address)
        return doors

    def absorbed(self, address: Address) -> tuple[str, str] | None:
        """Give the code and name of the absorbed commune an address lies in, None for most."""
        secteur = self.parcels[address.parcel].secteur
        absorbed = secteur.commune.absorbed
        return absorbed if absorbed and secteur.prefix == absorbed[0][2:] else None


def seeded(seed: int, subject: str) -> np.random.Generator:
    """Give each subject its own generator, so that a change in one leaves the others as they were."""
    return np.random.default_rng([seed, *subject.encode()])


def build_ground(
    communes: tuple[CommunePlan, ...], seed: int, progress: Callable[[str], None] = lambda message: None
) -> Ground:
    """Draw the streets, cut the parcelles, build on them and number the doors."""
    progress("rues et îlots")
    secteurs = build_secteurs(communes)
    mesh = Mesh(secteurs)
    plan = build_streets(secteurs, seeded(seed, "streets"))
    progress("parcelles")
    parcels = build_parcels(plan, secteurs, seeded(seed, "parcels"))
    parcel_shapes = parcel_polygons(parcels, mesh)
    progress("bâtiments")
    buildings = build_buildings(parcels, seeded(seed, "buildings"))
    building_shapes = building_polygons(buildings, parcels, parcel_shapes, mesh)
    progress("adresses")
    streets, addresses = build_addresses(plan, parcels, buildings, mesh, seeded(seed, "addresses"))
    return Ground(communes, mesh, parcels, parcel_shapes, buildings, building_shapes, streets, addresses)
