"""Writes the tiles of the reference layers into archives that the site serves by ranges."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from tqdm import tqdm

from api.tiles.archives import open_layers, path_of
from api.tiles.baking import bake, only_baker
from api.tiles.views import DEEPEST_TILES


class Command(BaseCommand):
    """Bake each layer; the archives of the others stay."""

    help = (
        "Écrit les tuiles des couches de référence en archives PMTiles, que le site sert par plages d’octets."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "layers", nargs="*", metavar="COUCHE", help="toutes les couches ouvertes sans lui"
        )
        parser.add_argument(
            "--zoom", type=int, default=DEEPEST_TILES, help=f"dernier zoom écrit ({DEEPEST_TILES})"
        )

    def handle(self, *, layers: list[str], zoom: int, verbosity: int, **options: Any) -> None:
        """Bake, and say what each archive weighs."""
        known = {layer.id: layer for layer in open_layers()}
        if unknown := sorted(set(layers) - known.keys()):
            raise CommandError(
                f"couche inconnue ou réservée : {', '.join(unknown)} (ouvertes : {', '.join(known)})"
            )
        if not 0 <= zoom <= DEEPEST_TILES:
            raise CommandError(f"--zoom va de 0 à {DEEPEST_TILES}")
        with only_baker():
            for name in layers or known:
                layer = known[name]

                def progress(tiles: Any, name: str = name) -> Any:
                    return tqdm(
                        tiles, desc=name, unit=" tuiles", leave=False, disable=None if verbosity else True
                    )

                written = bake(layer, max(zoom, layer.min_zoom), progress)
                weight = f", {path_of(name).stat().st_size / 1e6:.1f} Mo" if written else ""
                self.stdout.write(f"{name} : {written} tuiles{weight}")
