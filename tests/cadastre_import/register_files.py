"""Small files of the registers of dwellings, in their official formats."""

import csv
import io
import re
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.factories.geometry import point, square

GROUP, OLD_GROUP = "bdnb-bg-AAAA-BBBB-CCCC", "60999000AB0001_1f0ac083aa6cecb"
DVF_COLUMNS = re.findall(
    r"\w+",
    """
    id_mutation date_mutation numero_disposition nature_mutation valeur_fonciere adresse_numero adresse_suffixe
    adresse_nom_voie adresse_code_voie code_postal code_commune nom_commune code_departement ancien_code_commune
    ancien_nom_commune id_parcelle ancien_id_parcelle numero_volume lot1_numero lot1_surface_carrez lot2_numero
    lot2_surface_carrez lot3_numero lot3_surface_carrez lot4_numero lot4_surface_carrez lot5_numero
    lot5_surface_carrez nombre_lots code_type_local type_local surface_reelle_bati nombre_pieces_principales
    code_nature_culture nature_culture code_nature_culture_speciale nature_culture_speciale surface_terrain
    longitude latitude
    """,
)
OLD_DPE = {
    "numero_dpe": "N°DPE",
    "numero_dpe_remplace": "N°DPE_remplacé",
    "date_etablissement_dpe": "Date_établissement_DPE",
    "date_fin_validite_dpe": "Date_fin_validité_DPE",
    "etiquette_dpe": "Etiquette_DPE",
    "etiquette_ges": "Etiquette_GES",
    "type_batiment": "Type_bâtiment",
    "annee_construction": "Année_construction",
    "periode_construction": "Période_construction",
    "surface_habitable_logement": "Surface_habitable_logement",
    "adresse_ban": "Adresse_(BAN)",
    "code_insee_ban": "Code_INSEE_(BAN)",
    "identifiant_ban": "Identifiant__BAN",
    "score_ban": "Score_BAN",
    "statut_geocodage": "Statut_géocodage",
}


def sale(**values: str) -> dict[str, str]:
    """Give a row of the geolocated DVF: a house at number 12, on one parcelle."""
    return (
        dict.fromkeys(DVF_COLUMNS, "")
        | {
            "id_mutation": "2024-1",
            "date_mutation": "2024-03-01",
            "nature_mutation": "Vente",
            "valeur_fonciere": "150000",
            "adresse_numero": "12",
            "adresse_nom_voie": "RUE DU MOULIN",
            "adresse_code_voie": "0001",
            "code_commune": "60999",
            "id_parcelle": "60999000AB0001",
            "type_local": "Maison",
            "surface_reelle_bati": "80",
            "nombre_pieces_principales": "4",
        }
        | values
    )


def diagnosis(number: int = 1, **values: str) -> dict[str, str]:
    """Give a row of the Ademe's diagnoses: a poor flat, well geocoded at number 12."""
    return {
        "numero_dpe": f"2460E{number:07d}A",
        "numero_dpe_remplace": "",
        "date_etablissement_dpe": "2024-05-02",
        "date_fin_validite_dpe": "2034-05-01",
        "etiquette_dpe": "F",
        "etiquette_ges": "E",
        "type_batiment": "appartement",
        "annee_construction": "1900",
        "periode_construction": "avant 1948",
        "surface_habitable_logement": "31,5",
        "surface_habitable_immeuble": "",
        "adresse_ban": "12 Rue du Moulin 60999 Ici",
        "code_insee_ban": "60999",
        "identifiant_ban": "60999_0001_00012",
        "score_ban": "0.92",
        "statut_geocodage": "adresse géocodée ban à l'adresse",
        "id_rnb": "RNBAAAAAAAA1",
    } | values


def copropriete(number: int = 1, **values: str) -> dict[str, str]:
    """Give a row of the RNIC: twelve lots at number 12."""
    return {
        "numero_d_immatriculation": f"AA{number:07d}",
        "nombre_total_de_lots": "12",
        "nombre_de_lots_a_usage_d_habitation": "8",
        "type_de_syndic_benevole_professionnel_non_connu": "bénévole",
        "nom_d_usage_de_la_copropriete": "Les Tilleuls",
        "adresse_de_reference": "12 rue du Moulin 60999 Ici",
        "numero_et_voie_adresse_de_reference": "12 rue du Moulin",
        "code_officiel_commune": "60999",
        "date_d_immatriculation": "2018-02-01",
        "date_de_la_derniere_maj": "2024-01-15",
        "periode_de_construction": "AVANT_1949",
        "mandat_en_cours_dans_la_copropriete": "Mandat expiré sans successeur déclaré",
        "copro_aidee": "oui",
        "copro_dans_pvd": "non",
        "copro_dans_acv": "",
        "code_insee_commune_1": "60999",
        "prefixe_1": "000",
        "section_1": "ab",
        "numero_parcelle_1": "1",
        "long": "",
        "lat": "",
    } | values


def dwelling(**values: str) -> dict[str, str]:
    """Give a row of the RPLS: a dwelling at number 12 bis, without a position."""
    return {
        "DEPCOM": "60999",
        "MILLESIME": "2024",
        "NUMVOIE": "12",
        "INDREP": "B",
        "TYPVOIE": "RUE",
        "NOMVOIE": "DU MOULIN",
        "CONSTRUCT": "1965",
        "DPEENERGIE": "D",
        "PLG_QP": "QP060001",
        "EPSG": "4326",
        "X": "",
        "Y": "",
        "QUALITE_XY": "11",
    } | values


def rnb_change(action: str, rnb_id: str, at: str, x: float = 5, **values: str) -> dict[str, str]:
    """Give a row of the diff: what was done to the building of 4 m by 4 around (x, 5) at a time of November 2025."""
    gone = action == "deactivate"
    return {
        "action": action,
        "rnb_id": rnb_id,
        "status": "constructed",
        "is_active": "0" if gone else "1",
        "sys_period": f'["2025-11-{at} 10:00:00.123+00",)',
        "point": f"SRID=4326;{point(x, 5).wkt}",
        "shape": f"SRID=4326;{square(x - 2, 3, 4).wkt}",
        "addresses_id": '["60999_0001_00012"]',
        "ext_ids": "[]",
        "parent_buildings": "",
        "event_id": "e",
        "event_type": "creation",
    } | values


def bdnb_tables() -> dict[str, list[dict[str, str]]]:
    """Give the tables of two groups, one of each form of identifier; the first has everything."""
    group = {"batiment_groupe_id": GROUP}
    return {
        "batiment_groupe": [
            group | {"code_commune_insee": "60999"},
            {"batiment_groupe_id": OLD_GROUP, "code_commune_insee": "60999"},
        ],
        "batiment_groupe_ffo_bat": [
            group
            | {
                "annee_construction": "1890",
                "nb_log": "14",
                "nb_niveau": "5",
                "usage_niveau_1_txt": "Résidentiel collectif",
                "mat_mur_txt": "PIERRE",
                "mat_toit_txt": "ARDOISES",
            }
        ],
        "batiment_groupe_dpe_representatif_logement": [
            group
            | {
                "classe_bilan_dpe": "G",
                "classe_emission_ges": "F",
                "date_etablissement_dpe": "2023-03-04T00:00:00",
            }
        ],
        "batiment_groupe_dpe_statistique_logement": [
            group | {f"nb_classe_bilan_dpe_{c}": n for c, n in zip("abcdefg", "0010203", strict=True)}
        ],
        "batiment_groupe_simulations_dpe": [group | {"etiquette_dpe_initial_map": "F"}],
        "batiment_groupe_rnc": [group | {"numero_immat_principal": "AA0000001"}],
        "batiment_groupe_qpv": [group | {"nom_quartier": "Centre ancien"}],
        "batiment_groupe_argiles": [group | {"alea": "Moyen"}],
        "batiment_groupe_radon": [group | {"alea": "Faible"}],
        "batiment_groupe_merimee": [group | {"perimetre_bat_historique": "t"}],
        "rel_batiment_groupe_parcelle": [
            group | {"parcelle_id": "60999000AB0001"},
            group | {"parcelle_id": "60999000AB0002"},
        ],
        "rel_batiment_groupe_adresse": [group | {"cle_interop_adr": "60999_0001_00012"}],
        "batiment_construction": [group | {"batiment_construction_id": "bdnb-bc-1"}],
        "rel_batiment_construction_rnb": [
            {"batiment_construction_id": "bdnb-bc-1", "rnb_id": "RNBAAAAAAAA1"}
        ],
    }


def write_bdnb(path: Path, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Path:
    """Write the export of a département: CSV files under ``csv/`` in a zip, or a GeoPackage."""
    if path.suffix == ".gpkg":
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as database:
            for name, rows in tables.items():
                columns = ", ".join(rows[0])
                database.execute(f"CREATE TABLE {name} ({columns})")
                marks = ", ".join("?" * len(rows[0]))
                database.executemany(
                    f"INSERT INTO {name} VALUES ({marks})", [tuple(r.values()) for r in rows]
                )
        database.close()
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            text = io.StringIO()
            writer = csv.DictWriter(text, rows[0].keys(), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
            archive.writestr(f"csv/{name}.csv", text.getvalue())
    return path
