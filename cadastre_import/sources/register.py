"""The register of sources: a new one is a file here and a line below."""

from cadastre_import.source import Source
from cadastre_import.sources import (
    arretes,
    arretes_marseille,
    ban,
    bdnb,
    bdtopo,
    cadastre,
    carreaux,
    cog,
    cog_mouvements,
    contours,
    dpe,
    dvf,
    edigeo,
    edigeo_numeros,
    filosofi,
    iris,
    logement,
    lovac,
    perimetres,
    rnb,
    rnb_diff,
    rnic,
    rpls,
    rpls_adresses,
    signal_logement,
    signal_logement_api,
    signal_logement_import,
)
from layers.errors import UnknownSource

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        cog.COMMUNES,
        cog.EPCI,
        cog_mouvements.SOURCE,
        cadastre.COMMUNES,
        contours.SOURCE,
        cadastre.SECTIONS,
        cadastre.FEUILLES,
        cadastre.PREFIXES,
        cadastre.PARCELLES,
        cadastre.BATIMENTS,
        edigeo.SECTIONS,
        edigeo.PARCELLES,
        edigeo.BATIMENTS,
        edigeo_numeros.SOURCE,
        bdtopo.SOURCE,
        iris.SOURCE,
        iris.DETAILED_SOURCE,
        ban.SOURCE,
        rnb.SOURCE,
        rnb_diff.SOURCE,
        logement.SOURCE,
        filosofi.SOURCE,
        rpls.SOURCE,
        carreaux.SOURCE,
        perimetres.QPV,
        perimetres.PERIMETRES,
        rpls_adresses.SOURCE,
        lovac.SOURCE,
        dpe.SOURCE,
        dvf.SOURCE,
        rnic.SOURCE,
        bdnb.SOURCE,
        signal_logement.SOURCE,
        signal_logement_api.SOURCE,
        signal_logement_import.SOURCE,
        arretes.SOURCE,
        arretes_marseille.SOURCE,
    )
}


def source_named(name: str) -> Source:
    """Give a source by its name; raises UnknownSource."""
    try:
        return SOURCES[name]
    except KeyError:
        raise UnknownSource(f"source inconnue : {name[:40]!r} ; connues : {', '.join(SOURCES)}") from None
