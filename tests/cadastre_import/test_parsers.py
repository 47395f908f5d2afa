"""Whatever a file holds, a parser gives a row or InvalidRow: anything else would stop the import."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre_import.sources import (
    SOURCES,
    arretes,
    arretes_marseille,
    ban,
    bdnb,
    rnb,
    rnic,
    signal_logement,
    signal_logement_import,
)
from cadastre_import.sources.signal_logement import EXPORT
from layers.errors import InvalidRow
from tests.cadastre_import.register_files import (
    bdnb_tables,
    copropriete,
    diagnosis,
    dwelling,
    rnb_change,
    sale,
)

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
json_values = st.recursive(
    scalars,
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=3)
    ),
    max_leaves=8,
)
codes = st.sampled_from(["60999", "609990101", "60999000AB0001", "60999000AB", "2A004", "QN06001M", "x"])
cells = (
    codes
    | st.text(max_size=20)
    | st.sampled_from(
        ["", "-", "12,5", "1e400", "31/02/2024", "01/01/2024", "NaN", "12", "{", "[1]", "SRID=4326;"]
    )
)


def features(*names: str) -> st.SearchStrategy:
    properties = st.fixed_dictionaries({}, optional=dict.fromkeys(names, codes | json_values))
    whole = st.fixed_dictionaries(
        {}, optional={"properties": properties | json_values, "geometry": json_values}
    )
    return st.none() | whole | json_values


def rows(*names: str) -> st.SearchStrategy:
    return st.none() | st.fixed_dictionaries(dict.fromkeys(names, cells))


def perturbed(row: dict[str, str]) -> st.SearchStrategy:
    """Give a good row with up to three other cells, to reach what a wrong key would hide."""
    return st.none() | st.dictionaries(st.sampled_from(sorted(row)), cells, max_size=3).map(lambda x: row | x)


def bdnb_rows(table: str) -> st.SearchStrategy:
    values = (
        cells
        | scalars
        | st.sampled_from(["A", "t", bdnb_tables()["batiment_groupe"][0]["batiment_groupe_id"]])
    )
    return st.fixed_dictionaries({"table": st.just(table)} | dict.fromkeys(bdnb.TABLES[table], values))


indicators = st.fixed_dictionaries(
    {"iris": cells, "code": cells, "millesime": cells | st.integers(), "value": cells | st.integers()}
)
figures = st.fixed_dictionaries(
    {"iris": cells, "code": cells, "year": st.integers(), "value": scalars | cells}
)
api_values = (
    codes | json_values | st.sampled_from(["ACTIVE", "DONE", "2025-03-01T10:00:00+00:00", str(UUID(int=1))])
)
api_reports = st.fixed_dictionaries(
    {
        "uuid": st.just(str(UUID(int=1))),
        "reference": cells,
        "statut": st.just("ACTIVE"),
        "dateCreation": api_values,
    },
    optional={
        "adresse": json_values
        | st.dictionaries(st.sampled_from(["codePostal", "codeInsee", "latitude"]), api_values),
        "visites": st.lists(
            st.dictionaries(st.sampled_from(["uuid", "statut", "dateIntervention"]), api_values)
        ),
        "affectations": st.lists(st.dictionaries(st.sampled_from(["uuid", "statut"]), api_values))
        | json_values,
        "desordres": json_values,
        "tags": json_values,
        "score": scalars,
    },
)
RECORDS = {
    "communes": json_values
    | st.fixed_dictionaries(
        dict.fromkeys(("code", "nom", "departement", "codesPostaux", "anciensCodes"), codes | json_values)
    ),
    "mouvements-communes": rows("DATE_EFF", "COM_AV", "COM_AP"),
    "epci": json_values | st.fixed_dictionaries(dict.fromkeys(("code", "nom", "membres"), json_values)),
    "cadastre-communes": features("id", "nom"),
    "contours-communes": features("code", "INSEE_COM", "nom", "NOM_COM"),
    "sections": features("id"),
    "feuilles": features("id", "echelle", "qualite"),
    "prefixes-sections": features("id", "ancienne", "nom"),
    "parcelles": features("id", "contenance", "arpente", "updated"),
    "batiments": features("commune", "type", "nom"),
    "iris": features("code_iris", "nom_iris", "type_iris"),
    "iris-ge": features("code_iris", "nom_iris", "type_iris"),
    "carreaux": features("idcar_200m", "lcog_geo", "men", "i_est_200"),
    "qpv": features("code_qp", "lib_qp"),
    "perimetres": features("type", "nom", "acte", "date_debut", "date_fin"),
    "ban": rows(*ban.REQUIRED, "cad_parcelles", "rep", "id_ban_adresse"),
    "rnb": rows(*rnb.REQUIRED),
    "arretes": rows(*arretes.REQUIRED),
    "arretes-marseille": st.none()
    | st.fixed_dictionaries(
        {name: cells for name in arretes_marseille.REQUIRED if name != "classe"}
        | {
            "classe": cells
            | st.sampled_from(["Abrogations", "Arrêtés de mainlevée", "Arrêtés modificatifs"]),
            "code_postal": cells | st.just("13001"),
            "url": cells | st.just("https://www.marseille.fr/x_2019_04171_vdm.pdf"),
        }
    ),
    "signal-logement": rows(
        *signal_logement.REQUIRED, *(header for _, _, header in EXPORT if header), "Longitude", "Latitude"
    ),
    "signal-logement-api": json_values | api_reports,
    "signal-logement-import": rows(
        *signal_logement_import.HEADERS.values(), *signal_logement_import.DESORDRES
    ),
    "edigeo-parcelles": features("IDU", "SUPF", "COAR", "sheet"),
    "edigeo-batiments": features("DUR", "TEX", "sheet"),
    "edigeo-sections": features("IDU", "sheet"),
    "edigeo-numeros": features("TEX", "IDU", "sheet"),
    "bdtopo-batiments": features("cleabs", "ID", "ETAT", "LEGER"),
    "filosofi": st.none() | figures,
    "logement": indicators,
    "rpls": st.none() | indicators,
    "rnb-diff": perturbed(rnb_change("update", "RNBAAAAAAAA1", "02")),
    "rpls-adresses": perturbed(dwelling()),
    "lovac": st.none()
    | st.fixed_dictionaries(
        {"territoire": cells, "code": cells | st.just("pp_vacant"), "year": st.integers(), "value": cells}
    ),
    "dpe": perturbed(diagnosis()),
    "dvf": perturbed(sale()),
    "rnic": perturbed(dict.fromkeys(rnic.WANTED, "") | copropriete()),
    "bdnb": st.none() | st.sampled_from(sorted(bdnb.TABLES)).flatmap(bdnb_rows),
}


def test_every_source_is_fuzzed():
    assert set(RECORDS) == set(SOURCES)


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_parser_gives_a_row_or_invalid_row(name):
    source = SOURCES[name]

    @settings(max_examples=150, deadline=None)
    @given(RECORDS[name])
    def check(record):
        try:
            values = source.parse(record)
        except InvalidRow:
            return
        assert len(values) == len(source.columns)

    check()
