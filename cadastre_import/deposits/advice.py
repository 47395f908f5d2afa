"""What to do about a refusal, for whoever gave the file: a title and a sentence for each kind of reason."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """A kind of refusal: what it is called, what to do."""

    title: str
    action: str


OTHER = Advice(
    "Autre motif", "Lisez le motif de chaque ligne, corrigez-la dans le fichier des rejets, puis déposez-le."
)

ADVICE: tuple[tuple[str, Advice], ...] = tuple(
    (pattern, Advice(title, action))
    for pattern, title, action in (
        (
            r"commune.*inconnue|aucune commune|sous ce bâtiment",
            "Commune qui n’est pas en base",
            "Importez d’abord les communes (source « communes »), puis déposez de nouveau le fichier des rejets. "
            "Pour un fichier plus large que votre territoire, ces rejets sont sans gravité.",
        ),
        (
            r"doublon de la ligne",
            "Ligne en double",
            "La première ligne a été gardée ; il n’y a rien à faire si les deux disent la même chose.",
        ),
        (
            r"même référence, contenus différents",
            "Même référence, contenus différents",
            "Personne ne peut dire laquelle est juste : gardez la bonne ligne dans le fichier des rejets, "
            "retirez l’autre, puis déposez-le.",
        ),
        (
            r"semblent inversées|axes inversés",
            "Latitude et longitude inversées",
            "Échangez les deux colonnes dans le fichier des rejets, puis déposez-le : rien n’est échangé sans vous.",
        ),
        (
            r"EPSG:2154|n’est pas en degrés|hors du globe|hors limites",
            "Coordonnées qui ne sont pas en degrés",
            "Relancez l’import en choisissant la projection du fichier (souvent Lambert-93), "
            "ou convertissez les coordonnées.",
        ),
        (
            r"à plus de 500 m|hors de France",
            "Position loin de la commune déclarée",
            "Vérifiez le code Insee et la position de ces lignes. D’un signalement, videz la position si elle est "
            "fausse : l’adresse sera géocodée.",
        ),
        (
            r"date impossible|dans l’avenir|avant le dépôt|avant la date|avant date_debut",
            "Date impossible",
            "Corrigez la date (jj/mm/aaaa) dans le fichier des rejets, puis déposez-le.",
        ),
        (
            r"code invalide",
            "Code qui n’a pas la forme attendue",
            "Un code Insee ou une parcelle est un texte : un tableur en a sans doute ôté le zéro du début. "
            "Corrigez-le, puis déposez le fichier des rejets.",
        ),
        (
            r"nombre (entier )?.*attendu|valeur absente|il en faut un|caractères, \d+ au plus",
            "Valeur absente ou d’une autre nature",
            "Complétez ou corrigez la valeur dans le fichier des rejets, puis déposez-le.",
        ),
        (
            r"nombre de champs|ligne illisible",
            "Ligne abîmée",
            "La ligne est coupée ou a un séparateur de trop. Dans le fichier des rejets, remettez chaque valeur sous "
            "sa colonne et videz « ligne illisible » (d’un GeoJSON, corrigez-y le texte), puis déposez-le. Si la "
            "ligne n’y est pas, reprenez-la dans le logiciel d’origine.",
        ),
        (
            r"caractère illisible",
            "Caractère illisible",
            "Une valeur a un caractère qui n’est pas du texte : reprenez-la dans le logiciel d’origine.",
        ),
        (
            r"géométrie|contour|polygone|sommets|surface",
            "Contour incorrect",
            "Corrigez le contour dans un SIG (vérifier la validité), ou signalez-le au producteur du fichier.",
        ),
        (
            r"inconnu|n’est pas un type",
            "Mot qui n’est pas dans la liste attendue",
            "Remplacez ce mot par l’un de ceux que la source accepte (voir l’aide), puis déposez le fichier "
            "des rejets.",
        ),
        (
            r"n’existe plus|n’est pas un bâtiment",
            "Objet qui n’existe plus",
            "Il n’y a rien à faire : le producteur dit lui-même que cet objet n’existe plus.",
        ),
    )
)

REFUSALS: tuple[tuple[str, str], ...] = (
    (
        r"projection.*(relancez|absente|illisible)|--srid|ne dit pas sa projection",
        "Choisissez ci-dessous la projection de ses coordonnées (le producteur la donne ; en métropole, c’est "
        "presque toujours Lambert-93), puis relancez.",
    ),
    (
        r"projection",
        "Enregistrez le fichier en WGS 84 dans un SIG, ou choisissez ci-dessous sa vraie projection, puis relancez.",
    ),
    (
        r"il manque (la|les) colonne|colonne en double|aucune colonne",
        "Vérifiez que la source choisie est la bonne ; sinon, rétablissez les colonnes nommées ci-dessus et "
        "déposez de nouveau le fichier.",
    ),
    (
        r"plus ancienne que celle en place",
        "Rien à faire : l’édition en place est plus récente. Si c’est la date qui est fausse, corrigez ci-dessous "
        "l’édition et relancez.",
    ),
    (
        r"ferait sortir",
        "Prenez le fichier complet de la commune ou du département : un extrait ferait croire que le reste "
        "a disparu.",
    ),
    (
        r"aucun enregistrement|fichier vide",
        "Le fichier ne contient rien à importer : reprenez-le chez le producteur.",
    ),
    (
        r"tronqué|abîmé|gzip|n’est pas fermée|CRC",
        "Le téléchargement a été coupé ou le fichier est abîmé : téléchargez-le de nouveau, puis déposez-le.",
    ),
    (
        r"classeur Excel",
        "Dans Excel ou LibreOffice, enregistrez la feuille en CSV (UTF-8), puis déposez ce fichier.",
    ),
    (
        r"archive|Shapefile|chemin interdit",
        "Décompressez l’archive et déposez le fichier qu’elle contient, ou refaites l’archive avec un seul Shapefile "
        "complet (.shp, .shx, .dbf, .prj).",
    ),
    (
        r"encodés deux fois",
        "Reprenez le fichier chez le producteur, et choisissez l’encodage UTF-8 si on vous le demande.",
    ),
    (
        r"n’est pas du GeoJSON|format inattendu|n’est pas du format|FeatureCollection|JSON illisible|inattendu",
        "Vérifiez que la source choisie est la bonne, et que le fichier est bien celui du producteur et non une page "
        "d’erreur enregistrée à sa place.",
    ),
    (
        r"nom officiel",
        "Redonnez au fichier le nom que son producteur lui donne, puis déposez-le : ce nom dit son territoire.",
    ),
    (
        r"n’est plus gardé",
        "Déposez le fichier de nouveau.",
    ),
    (
        r"erreur du logiciel",
        "Rien n’a été changé. Transmettez le numéro du dépôt à l’administrateur, qui lira le journal du serveur.",
    ),
    (r"interrompu", "Rien n’a été changé. Relancez l’import."),
)


def advise(reason: str) -> Advice:
    """Give what to do about a rejected record, from its reason."""
    return next((advice for pattern, advice in ADVICE if re.search(pattern, reason)), OTHER)


def after_refusal(message: str) -> str:
    """Give what to do about a file refused whole, from the message."""
    for pattern, action in REFUSALS:
        if re.search(pattern, message):
            return action
    return "Vérifiez que la source choisie est la bonne, puis reprenez le fichier chez le producteur."
