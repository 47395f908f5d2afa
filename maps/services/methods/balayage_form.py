"""The words of ``balayage``: its parameters, its columns, and what its result does not say."""

from typing import Any

from layers.models import UnitKind
from maps.services.methods.method import Column
from maps.services.methods.parameters import Choice, Number
from maps.services.methods.report_parameters import PERIOD, WHICH_REPORTS, unit

NEAT, FRAGILE, CHANCE = "net", "fragile", "non_significatif"
STOCK, IN_TURN = "stock", "in_turn"

PARAMETERS = (
    unit(UnitKind.IRIS, UnitKind.CARREAU, UnitKind.ADRESSE, UnitKind.SECTION, UnitKind.COMMUNE),
    *PERIOD,
    Choice(
        name="denominator",
        label="Rapporté à",
        choices={
            "dwellings": "tous les logements",
            "private_rented": "les logements locatifs privés",
            STOCK: "ce que le parc annonce",
        },
        default="dwellings",
        help="Aux logements, un centre ancien ressort parce qu’il est ancien ; à ce que le parc annonce (comme dans"
        " « Silence suspect »), seulement s’il l’est plus que ses semblables.",
    ),
    Choice(
        name="step",
        label="Temps",
        choices={"": "toute la période ensemble", "month": "par mois", "quarter": "par trimestre"},
        default="",
        help="Par mois ou trimestre : un foyer a aussi un début et une fin. Pas avec l’unité « adresse ».",
    ),
    Choice(
        name="window",
        label="Foyers cherchés dans le temps",
        choices={"any": "à tout moment", "current": "encore en cours à la fin"},
        default="any",
        advanced=True,
        help="Pour « par mois » et « par trimestre ».",
    ),
    *WHICH_REPORTS,
    Number(
        name="max_share",
        label="Part maximale du territoire dans un foyer",
        low=1,
        high=50,
        default=25,
        unit="%",
        advanced=True,
        help="En logements (ou en attendus). Petite, elle sépare ; grande, elle réunit.",
    ),
    Number(
        name="max_radius_m",
        label="Rayon maximal",
        low=0,
        high=100_000,
        default=0,
        unit="m",
        advanced=True,
        help="0 : sans limite de distance.",
    ),
    Choice(
        name="shape",
        label="Forme",
        choices={"circle": "cercles", "ellipse": "cercles et ellipses"},
        default="circle",
        advanced=True,
        help="Les ellipses suivent une rue ou une vallée ; le calcul est une cinquantaine de fois plus long.",
    ),
    Choice(
        name="reporting",
        label="Foyers montrés",
        choices={
            IN_TURN: "l’un après l’autre, ceux trouvés étant ôtés",
            "hierarchical": "le plus vraisemblable, puis les suivants",
            "gini": "le meilleur découpage (Gini)",
        },
        default=IN_TURN,
        advanced=True,
        help="Des foyers se cachent les uns les autres : ceux qui sont nets sont ôtés, le reste apprend de nouveau à"
        " quoi s’attendre et est balayé encore, jusqu’à n’en plus trouver. Le découpage de Gini préfère plusieurs"
        " petits foyers à un grand qui les contient. Pour toute la période seulement.",
    ),
    Number(
        name="replications",
        label="Tirages au hasard",
        low=99,
        high=9_999,
        whole=True,
        default=999,
        advanced=True,
        help="999 : la plus petite valeur p est 0,001. Un foyer trouvé après d’autres est jugé sur 199.",
    ),
    Number(
        name="alpha",
        label="Seuil de signification",
        low=0.1,
        high=20,
        default=5,
        unit="%",
        advanced=True,
        help="Chance qu’un territoire sans aucun foyer en montre un quand même.",
    ),
)
COLUMNS = (
    Column("units", "Unités"),
    Column("cases", "Logements signalés"),
    Column("expected", "Attendus", "", 1, "Si le risque était le même partout."),
    Column("relative_risk", "Risque relatif", "", 2, "Risque dedans, rapporté au risque dehors."),
    Column("dwellings", "Logements"),
    Column("rate", "Taux brut", "pour 1\u00a0000", 1),
    Column("p_value", "Valeur p", "", 4, "Contre le seul hasard, toutes les fenêtres essayées comprises."),
    Column(
        "p_overdispersed",
        "Valeur p, surdispersion comprise",
        "",
        4,
        "Contre des immeubles plus ou moins à risque, répartis au hasard. Par adresse, ou à travers les adresses,"
        " la valeur p en tient déjà compte ; elle est doublée ici si les attendus sont estimés d’après le parc.",
    ),
    Column("p_gumbel", "Valeur p approchée (Gumbel)", "", 6, "Descend sous ce que les tirages permettent."),
    Column("log_ratio", "Rapport de vraisemblance (log)", "", 2),
    Column("radius_m", "Rayon", "m", 0),
    Column("steps", "Durée", "pas"),
)
METHOD_WORDS: dict[str, Any] = {
    "id": "balayage",
    "title": "Foyers de quartiers voisins (balayage)",
    "question": "Quels groupes de quartiers voisins, et pendant quels mois, signalent plus que le reste\u00a0?",
    "caveats": (
        "Un foyer «\u00a0net\u00a0» résiste au hasard et à l’inégalité des immeubles. «\u00a0Fragile\u00a0»"
        " ne résiste qu’au premier\u00a0: quelques immeubles très signalés suffisent peut-être à le faire, ou, si les"
        " attendus sont estimés à l’adresse, une erreur sur eux.",
        "Ses bords ne sont pas sûrs\u00a0: ce qui est significatif est le groupe, pas chacune de ses unités.",
        "Une fenêtre est ronde (ou ovale)\u00a0: elle prend des voisins calmes et laisse le bout d’une rue.",
        "Au bord du territoire, la moitié de la fenêtre manque\u00a0: l’autre côté n’est pas compté.",
        "Rapporté aux logements, il dit où l’on signale plus, non pourquoi\u00a0: rapportez à ce que le parc annonce"
        " pour écarter l’âge et le statut des logements.",
        "Par mois ou trimestre, chaque pas attend ce qui y a été signalé\u00a0: une hausse partout n’est pas un"
        " foyer.",
        "Sous l’IRIS, le nombre de logements est une estimation par adresse.",
        "Par adresse, il trouve quelques immeubles voisins, qu’un IRIS noierait\u00a0; un immeuble seul y pèse peu,"
        " si signalé soit-il (voir «\u00a0Lieux signalés plusieurs fois\u00a0»). Rapportez-le à ce que le parc"
        " annonce, qui lit alors chaque immeuble et ce qui l’entoure dans la BDNB et le RPLS\u00a0: aux logements, un"
        " îlot ancien est un foyer.",
        "Rapporté à ce que le parc annonce, sur le territoire de démonstration, un tirage sans foyer sur 100 en"
        " montre un. Au risque triplé, 95 IRIS sur 100 sont trouvés, mais, par adresse, 70 groupes d’immeubles où 51"
        " logements signalés étaient attendus, et 36 où 25 l’étaient\u00a0: ne rien trouver ne prouve rien.",
        "Ce que le parc annonce est tiré des registres. Ce qu’ils taisent (un bailleur, une campagne, un partenaire"
        " actif) fait aussi un foyer\u00a0: il dit qu’on y signale plus que le parc ne l’explique, non pourquoi.",
        "Plusieurs foyers à la fois se cachent les uns les autres. Ils sont ôtés l’un après l’autre\u00a0: de six"
        " plantés ensemble, près de quatre sont trouvés par adresse.",
    ),
}
