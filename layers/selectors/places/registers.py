"""What the open registers say of a place: diagnoses, copropriétés, social dwellings, the BDNB's buildings."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from layers.models import Copropriete, Dpe, GroupeBatiment, LogementSocial, Mutation
from layers.scope import Scope
from layers.selectors.places.identity import Place
from layers.selectors.places.timeline import LISTED, Event, EventKind, Fact, Findings, Section


def diagnosed(place: Place, scope: Scope) -> Findings:
    """Tell each energy diagnosis, and how many there are of each class."""
    found = Dpe.objects.visible_to(scope).at(place.codes).order_by("-established_on", "numero")
    diagnoses = list(found[:LISTED])
    if not diagnoses:
        return Findings()
    events = tuple(
        Event(
            dpe.established_on,
            EventKind.DPE,
            f"DPE classe {dpe.classe_energie}",
            " ; ".join(
                part
                for part in (
                    dpe.get_type_display(),
                    f"{_number(dpe.surface_m2)} m²" if dpe.surface_m2 else "",
                    f"gaz à effet de serre {dpe.classe_ges}" if dpe.classe_ges else "",
                    f"remplace le {dpe.replaces}" if dpe.replaces else "",
                )
                if part
            ),
            f"Ademe, {dpe.numero}",
        )
        for dpe in diagnoses
    )
    replaced = {dpe.replaces for dpe in diagnoses}
    classes = Counter(dpe.classe_energie for dpe in diagnoses if dpe.numero not in replaced)
    fact = Fact(Section.ENERGIE, "Diagnostics (DPE)", _classes(classes), "Ademe")
    return Findings(events, (fact,))


def sold(place: Place, scope: Scope) -> Findings:
    """Tell each sale; its price is that of all it sold, here and elsewhere."""
    codes = place.codes
    found = Mutation.objects.visible_to(scope).at(codes).prefetch_related("parcelles")
    events = []
    for mutation in found.order_by("-mutated_on", "code")[:LISTED]:
        here = [
            part
            for part in mutation.parcelles.all()
            if part.idu in codes.idus or part.ban_id in codes.ban_ids
        ]
        premises = Counter(kind for part in here for kind in part.types_local)
        elsewhere = mutation.parcelles_count - len(here)
        told = [
            ", ".join(
                f"{count} {kind.lower()}" if count > 1 else kind for kind, count in sorted(premises.items())
            ),
            f"avec {_counted(elsewhere, 'autre parcelle', 'autres parcelles')}" if elsewhere > 0 else "",
        ]
        price = mutation.valeur_fonciere
        amount = f"{price:,.0f} €".replace(",", "\u202f") if price is not None else "prix inconnu"
        events.append(
            Event(
                mutation.mutated_on,
                EventKind.VENTE,
                f"{mutation.nature}, {amount}",
                " ; ".join(part for part in told if part),
                "DVF",
            )
        )
    return Findings(tuple(events))


def in_copropriete(place: Place, scope: Scope) -> Findings:
    """Tell the copropriétés that declare a parcelle or the address of the place."""
    facts = []
    for found in Copropriete.objects.visible_to(scope).at(place.codes).order_by("numero")[:LISTED]:
        told = [
            f"{found.lots_habitation} lots d’habitation" if found.lots_habitation is not None else "",
            f"{found.lots} lots" if found.lots is not None else "",
            found.get_syndic_display(),
            found.mandat,
            "aidée par l’Anah" if found.is_aided else "",
            _period(found.periode_construction),
        ]
        name = found.nom or found.adresse or found.numero
        facts.append(
            Fact(Section.COPROPRIETE, name, _joined(told), f"registre des copropriétés, {found.numero}")
        )
    return Findings(facts=tuple(facts))


def _period(code: str) -> str:
    """Write a period as people do: the register says ``DE_1949_A_1960``, ``AVANT_1949``, ``NON_CONNUE``."""
    words = code.replace("_", " ").lower()
    if not words or words.startswith("non "):
        return ""
    return "construite " + re.sub(r"\ba\b", "à", words)


def social_dwellings(place: Place, scope: Scope) -> Findings:
    """Tell the social dwellings of the place."""
    facts = []
    found = LogementSocial.objects.visible_to(scope).at(place.codes)
    for social in found.order_by("voie", "numero", "rep", "pk")[:LISTED]:
        built = " à ".join(
            str(year) for year in dict.fromkeys((social.first_built, social.last_built)) if year is not None
        )
        told = [
            _counted(social.dwellings, "logement social", "logements sociaux"),
            f"construits de {built}" if " à " in built else f"construits en {built}" if built else "",
            f"classes énergie : {_classes(social.classes_dpe)}" if social.classes_dpe else "",
        ]
        name = f"{social.numero}{social.rep} {social.voie}".strip()
        facts.append(Fact(Section.SOCIAL, name, _joined(told), f"RPLS {social.millesime}"))
    return Findings(facts=tuple(facts))


def built(place: Place, scope: Scope) -> Findings:
    """Tell what the BDNB knows of the buildings; a class estimated by a model is said to be one."""
    facts = []
    for group in GroupeBatiment.objects.visible_to(scope).at(place.codes).order_by("code")[:LISTED]:
        told = [
            _counted(group.dwellings, "logement", "logements") if group.dwellings is not None else "",
            f"construit en {group.annee_construction}" if group.annee_construction else "",
            _counted(group.niveaux, "niveau", "niveaux") if group.niveaux else "",
            group.usage,
            f"murs : {group.mat_mur}" if group.mat_mur else "",
            f"toit : {group.mat_toit}" if group.mat_toit else "",
            f"argiles : {group.alea_argiles}" if group.alea_argiles else "",
        ]
        facts.append(Fact(Section.BATI, "Groupe de bâtiments", _joined(told), f"BDNB, {group.code}"))
        if group.classe_dpe or group.classe_modelisee:
            energy = (
                f"classe {group.classe_dpe}"
                if group.classe_dpe
                else f"classe {group.classe_modelisee} estimée"
            )
            source = "BDNB, DPE représentatif" if group.classe_dpe else "BDNB, modèle (aucun diagnostic)"
            facts.append(Fact(Section.ENERGIE, "Classe énergie du groupe", energy, source))
    for batiment in place.batiments:
        identity = f"RNB {batiment.rnb_id}" if batiment.rnb_id else "sans identifiant RNB"
        told = [batiment.get_type_display(), batiment.nom, identity]
        edition = f"édition du {batiment.millesime:%d/%m/%Y}"
        facts.append(Fact(Section.BATI, "Emprise du cadastre", _joined(told), edition))
    return Findings(facts=tuple(facts))


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part) or "sans autre précision"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count < 2 else several}"


def _classes(classes: Mapping[str, int]) -> str:
    return ", ".join(f"{classes[name]} en {name}" for name in sorted(classes))


def _number(value: float) -> str:
    return f"{value:.0f}"
