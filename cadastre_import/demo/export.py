"""The Signal Logement export: the 70 columns of each report, filled as the application fills them."""

from datetime import timedelta

import numpy as np

from .names import COMPANIES, FIRST_NAMES, SOCIAL_LANDLORDS, SURNAMES, plain
from .plan import EPCI_NAME
from .signalements import Report
from .stock import Stock

NOT_GIVEN = "Non renseigné"
HEADER = (
    "Référence", "Déposé le", "Statut", "Description", "Type déclarant", "Nom occupant", "Prénom occupant",
    "Tél. occupant", "Téléphone sec.", "E-mail occupant", "Adresse", "Code postal", "Commune", "Code INSEE",
    "EPCI", "Étage", "Escalier", "Appartement", "Complément", "Type occupant", "Situations", "Désordres",
    "Criticité au dépôt", "Début des désordres", "Étiquettes", "Photos", "Documents", "Nom bailleur",
    "Prénom bailleur", "Dénomination bailleur", "Adresse bailleur", "Code postal bailleur",
    "Ville bailleur", "Tél. bailleur", "Tél. sec. bailleur", "E-mail bailleur", "Propriétaire averti",
    "Date d'information du propriétaire", "Moyen d'information du propriétaire", "Nb personnes",
    "Nb enfants", "Enfants -6 ans", "Autre situation de vulnérabilité", "Allocataire", "Numéro allocataire",
    "Nature du logement", "Autres occupants désordres", "Superficie", "Logement social",
    "Préavis de départ", "Demande de relogement", "Déclarant tiers", "Nom tiers", "Matricule tiers",
    "E-mail tiers", "Structure tiers", "Lien tiers occupant", "Nombre de visites",
    "Date de la dernière visite", "Occupant présent dernière visite", "Statut de la dernière visite",
    "Ccl. de la dernière visite", "Comm. de la dernière visite", "Dernière MAJ le", "Fermé le",
    "Motif de clôture", "Commentaire de clôture", "Longitude", "Latitude", "Zones",
)  # fmt: skip
ONSETS = (
    "Moins d'un mois", "Entre 1 mois et 6 mois", "Entre 6 mois et 1 an", "Entre 1 et 2 ans", "Plus de 2 ans",
    "Ne sait pas",
)  # fmt: skip
COMPLEMENTS = ("Fond de cour", "Porte gauche", "Bâtiment B")
MEANS = ("Courrier", "E-mail", "Téléphone", "SMS")
THIRD_PARTY = ("Nom tiers", "Matricule tiers", "E-mail tiers", "Structure tiers", "Lien tiers occupant")
LABELS = ("-", "-", "-", "-", "Urgent", "CAF", "Visite à prévoir", "Suroccupation", "Copropriété fragile")
OPENINGS = (
    "Texte inventé pour la démonstration.", "Signalement fictif.", "Récit d'exemple, sans personne réelle.",
    "Description imaginaire.",
)  # fmt: skip
STRUCTURES = ("CCAS d'Ambreuil (fictif)", "Service social inventé", "Association Exemple Logement")


def signal_logement_row(
    report: Report, stock: Stock, lonlat: tuple[float, float] | None, zones: str, rng: np.random.Generator
) -> list[str]:
    """Give the cells of one report in the order of ``HEADER``; ``lonlat`` is None when it has no position."""
    social, is_owner = report.tenure == "social", report.tenure == "owner"
    declarant, third = _declarant(is_owner, rng)
    people = 1 + int(rng.poisson(1.3))
    children = int(rng.binomial(max(people - 1, 0), 0.5))
    told = rng.random() < 0.72
    caf = rng.random() < 0.5
    house = bool(stock.house[report.row])
    cells = {
        "Référence": report.reference,
        "Déposé le": _day(report.lodged_on),
        "Statut": report.status,
        "Description": _description(report, rng),
        "Type déclarant": declarant,
        **_occupant(report, rng),
        "Adresse": report.written.line,
        "Code postal": report.written.postcode,
        "Commune": report.written.commune,
        # with no position, the application asks the BAN for « postcode town » and may find nothing
        "Code INSEE": "" if not lonlat and rng.random() < 0.15 else report.street.commune.insee,
        "EPCI": EPCI_NAME,
        "Étage": _one_of(("RDC", "1", "2", "3", "Dernier étage", NOT_GIVEN), rng) if not house else NOT_GIVEN,
        "Escalier": _one_of(("A", "B", "C"), rng) if not house and rng.random() < 0.15 else NOT_GIVEN,
        "Appartement": str(rng.integers(1, 60)) if not house and rng.random() < 0.4 else NOT_GIVEN,
        "Complément": _one_of(COMPLEMENTS, rng) if rng.random() < 0.08 else NOT_GIVEN,
        "Type occupant": "Propriétaire occupant" if is_owner else "Locataire",
        "Situations": "|".join(dict.fromkeys(desordre.category for desordre in report.desordres)),
        "Désordres": "|".join(dict.fromkeys(desordre.criterion for desordre in report.desordres)),
        "Criticité au dépôt": repr(_score(report, children)),
        "Début des désordres": ONSETS[rng.choice(6, p=[0.07, 0.22, 0.18, 0.17, 0.28, 0.08])],
        "Étiquettes": _one_of(LABELS, rng),
        "Photos": "-",
        "Documents": "-",
        **_landlord(social, is_owner, rng),
        "Propriétaire averti": _yes(told, rng),
        "Date d'information du propriétaire": _told_on(report, rng) if told else "",
        "Moyen d'information du propriétaire": _one_of(MEANS, rng) if told else "",
        "Nb personnes": str(people),
        "Nb enfants": str(children),
        "Enfants -6 ans": "oui" if children and rng.random() < 0.5 else "non",
        "Autre situation de vulnérabilité": "oui" if rng.random() < 0.07 else "non",
        "Allocataire": _yes(caf, rng),
        "Numéro allocataire": NOT_GIVEN,
        "Nature du logement": "maison" if house else "appartement",
        "Autres occupants désordres": _yes(not house and rng.random() < 0.4, rng),
        "Superficie": str(int(rng.gamma(9, 5 if not house else 9)) + 9) if rng.random() < 0.8 else NOT_GIVEN,
        "Logement social": _yes(social, rng),
        "Préavis de départ": _yes(rng.random() < 0.06, rng),
        "Demande de relogement": _yes(rng.random() < 0.2, rng),
        **third,
        **_visit(report, rng),
        "Dernière MAJ le": _day(report.updated_on),
        "Fermé le": _day(report.closed_on),
        "Motif de clôture": report.closing,
        "Commentaire de clôture": "Clôture de démonstration."
        if report.closed_on and rng.random() < 0.3
        else "",
        "Longitude": repr(round(lonlat[0], 6)) if lonlat else "",
        "Latitude": repr(round(lonlat[1], 6)) if lonlat else "",
        "Zones": zones,
    }
    return [cells[name] for name in HEADER]


def _day(day) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def _one_of(choices, rng: np.random.Generator) -> str:
    return choices[rng.integers(len(choices))]


def _yes(answer: bool, rng: np.random.Generator) -> str:
    return NOT_GIVEN if rng.random() < 0.08 else "Oui" if answer else "Non"


def phone(rng: np.random.Generator) -> str:
    """Give a number of the ranges the telecom regulator keeps for fiction."""
    if rng.random() < 0.7:
        return f"063998{rng.integers(10000):04d}"
    return f"019900{rng.integers(10000):04d}"


def _occupant(report: Report, rng: np.random.Generator) -> dict[str, str]:
    surname, first_name = _one_of(SURNAMES, rng), _one_of(FIRST_NAMES, rng)
    box = f"occupant{report.reference.replace('-', '.')}@exemple.invalid"
    return {
        "Nom occupant": surname,
        "Prénom occupant": first_name,
        "Tél. occupant": f"'{phone(rng)}'",
        "Téléphone sec.": phone(rng) if rng.random() < 0.1 else NOT_GIVEN,
        "E-mail occupant": box if rng.random() < 0.75 else "",
    }


def _declarant(is_owner: bool, rng: np.random.Generator) -> tuple[str, dict[str, str]]:
    """Give who reports, and the columns of a third party."""
    nobody = dict.fromkeys(THIRD_PARTY, "-")
    draw = rng.random()
    if draw < 0.74:
        return ("Propriétaire occupant" if is_owner else "Locataire"), {"Déclarant tiers": "Non", **nobody}
    label, structure, link = "Tiers particulier", "-", _one_of(("Proche", "Voisin", "Autre"), rng)
    if draw > 0.985:
        label, structure, link = "Service de secours", "SDIS inventé", "Services de secours"
        nobody["Matricule tiers"] = f"F{rng.integers(1000):03d}"
    elif draw > 0.84:
        label, structure, link = "Tiers professionnel", _one_of(STRUCTURES, rng), "Pro"
    return label, {
        "Déclarant tiers": "Oui",
        **nobody,
        "Nom tiers": _one_of(SURNAMES, rng),
        "E-mail tiers": f"tiers{rng.integers(1000)}@exemple.invalid",
        "Structure tiers": structure,
        "Lien tiers occupant": link,
    }


def _landlord(social: bool, is_owner: bool, rng: np.random.Generator) -> dict[str, str]:
    names = (
        "Nom bailleur", "Prénom bailleur", "Dénomination bailleur", "Adresse bailleur", "Code postal bailleur",
        "Ville bailleur", "Tél. bailleur", "Tél. sec. bailleur", "E-mail bailleur",
    )  # fmt: skip
    cells = dict.fromkeys(names, "")
    if is_owner:
        return cells
    if social or rng.random() < 0.35:
        company = _one_of(SOCIAL_LANDLORDS if social else COMPANIES, rng)
        cells["Nom bailleur"] = cells["Dénomination bailleur"] = company
        cells["E-mail bailleur"] = plain(company).lower().replace(" ", "-") + "@exemple.invalid"
    else:
        cells["Nom bailleur"], cells["Prénom bailleur"] = _one_of(SURNAMES, rng), _one_of(FIRST_NAMES, rng)
    if rng.random() < 0.6:
        cells["Tél. bailleur"] = phone(rng)
        cells["Adresse bailleur"], cells["Code postal bailleur"] = "1 rue de l'Exemple", "36970"
        cells["Ville bailleur"] = "Ambreuil-sur-Vauze"
    return cells


def _told_on(report: Report, rng: np.random.Generator) -> str:
    return _day(report.lodged_on - timedelta(days=int(rng.integers(5, 400))))


def _visit(report: Report, rng: np.random.Generator) -> dict[str, str]:
    done = report.visited_on is not None
    return {
        "Nombre de visites": str(report.visits),
        "Date de la dernière visite": _day(report.visited_on),
        "Occupant présent dernière visite": ("Oui" if rng.random() < 0.9 else "Non") if done else "",
        "Statut de la dernière visite": "Terminée" if done else "Non planifiée",
        "Ccl. de la dernière visite": report.conclusion,
        "Comm. de la dernière visite": "Visite de démonstration." if done and rng.random() < 0.3 else "",
    }


def _description(report: Report, rng: np.random.Generator) -> str:
    first = report.desordres[0].criterion.rstrip(" .")
    return f"{_one_of(OPENINGS, rng)} {first}."


def _score(report: Report, children: int) -> float:
    """Give the score « au dépôt »: coefficients over 84 for the building and 102 for the dwelling."""
    building = sum(d.coefficient for d in report.desordres if d.zone == "BATIMENT") / 84 * 100
    dwelling = sum(d.coefficient for d in report.desordres if d.zone == "LOGEMENT") / 102 * 100
    return round(min((building + dwelling) / 2 * (1.1 if children else 1), 100.0), 12)
