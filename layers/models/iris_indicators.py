"""The IRIS with their figures side by side, as a map wants them: one column an indicator."""

from django.contrib.gis.db import models

from layers.crs import WGS84
from layers.models.computed import ComputedInteger, ComputedNumber, ComputedText, reading
from layers.models.territoires import Iris

# The Insee's codes (base-ic-logement, Filosofi) and the RPLS's count, as the imports keep them
PUBLISHED = {
    "LOG": "logements",
    "RP": "résidences principales",
    "RSECOCC": "résidences secondaires et logements occasionnels",
    "LOGVAC": "logements vacants",
    "MAISON": "maisons",
    "APPART": "appartements",
    "RP_1P": "résidences principales d’une pièce",
    "RP_M30M2": "résidences principales de moins de 30 m²",
    "RP_ACHTOT": "résidences principales d’âge connu",
    "RP_ACH19": "résidences principales d’avant 1919",
    "RP_ACH45": "résidences principales de 1919 à 1945",
    "RP_ACH70": "résidences principales de 1946 à 1970",
    "RP_PROP": "résidences principales occupées par leur propriétaire",
    "RP_LOC": "résidences principales louées",
    "RP_LOCHLMV": "résidences principales louées vides en HLM",
    "RPLS_LOG": "logements sociaux (RPLS)",
    "DISP_TP60": "taux de pauvreté, revenus disponibles (%)",
    "DISP_MED": "revenu disponible médian (€)",
}
PRIVATE_RENTED = "LOCATIF_PRIVE"


def _newest(code: str) -> str:
    """Give the newest edition of an indicator, the same for all IRIS: read once a statement."""
    return f"SELECT max(millesime) FROM layers_indicator WHERE territoire = 'iris' AND code = '{code}'"  # noqa: S608


def _known(code: str, column: str = "value") -> str:
    return (
        f"SELECT i.{column} FROM layers_indicator i WHERE i.territoire = 'iris' AND i.code = '{code}'"  # noqa: S608
        f" AND i.territoire_code = {{row}}.code AND i.millesime = ({_newest(code)})"
    )


def _hidden() -> str:
    """Give why each figure that is not known is not, as ``LOGVAC : secret statistique ; …``."""
    editions = " OR ".join(f"(i.code = '{code}' AND i.millesime = ({_newest(code)}))" for code in PUBLISHED)
    return (
        "SELECT string_agg(i.code || ' : ' || i.secret, ' ; ' ORDER BY i.code) FROM layers_indicator i"  # noqa: S608
        f" WHERE i.territoire = 'iris' AND i.territoire_code = {{row}}.code AND i.secret <> '' AND ({editions})"
    )


def column_of(code: str) -> str:
    """Name the attribute that holds an indicator."""
    return f"indicator_{code.lower()}"


IrisIndicators = reading(
    Iris._meta.db_table,
    "IrisIndicators",
    "IRIS et ses indicateurs",
    {
        "code": models.CharField("code IRIS", max_length=9, primary_key=True),
        "nom": models.CharField("nom", max_length=200),
        "type": models.CharField("type", max_length=1, choices=Iris.Type.choices),
        "commune_id": models.CharField("commune", max_length=5),
        "closed_on": models.DateField("sorti du registre le", null=True),
        "geom": models.MultiPolygonField("géométrie", srid=WGS84),
        **{column_of(code): ComputedNumber(label, sql=_known(code)) for code, label in PUBLISHED.items()},
        column_of(PRIVATE_RENTED): ComputedNumber(
            "résidences principales louées dans le parc privé (RP_LOC − RP_LOCHLMV)",
            # Both are estimates, hence a difference under zero; not known if one of them is not
            sql=f"SELECT CASE WHEN d >= 0 THEN d WHEN d < 0 THEN 0 END"  # noqa: S608
            f" FROM (SELECT ({_known('RP_LOC')}) - ({_known('RP_LOCHLMV')}) AS d) AS difference",
        ),
        "census": ComputedInteger("millésime du recensement", sql=_known("LOG", "millesime")),
        "hidden": ComputedText("chiffres absents et motif du secret", sql=_hidden()),
    },
)
