"""The sources that are prepared by département. Imported by the workers: neither Django nor the other sources."""

from cadastre_import.source import Source
from cadastre_import.sources import ban, cadastre

LAYERS: dict[str, Source] = {
    source.name: source for source in (cadastre.SECTIONS, cadastre.PARCELLES, cadastre.BATIMENTS, ban.SOURCE)
}
