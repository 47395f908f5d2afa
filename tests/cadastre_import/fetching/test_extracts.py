"""What is taken from a wide file for one commune: all of it, nothing else, and the same bytes each time."""

import gzip
import io
import json
import zipfile

import pytest

from cadastre_import.fetching import contents, extracts
from cadastre_import.readers.delimited import read_csv
from layers.errors import UnreadableFile

BAN_HEADER = "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat;cad_parcelles"


def ban(*communes: str) -> str:
    """Give a BAN with one address per commune given; a street name holds a semicolon and quotes."""
    rows = [
        f'{code}_0001_{n:05d};{n};;"Rue « ""A;B"" »";60999;{code};Ici;3.0;46.5;'
        for n, code in enumerate(communes, 1)
    ]
    return "\n".join([BAN_HEADER, *rows]) + "\n"


def packed(path, text: str):
    path.write_bytes(gzip.compress(text.encode()))
    return path


def archive(path, content: bytes, name: str = "base-ic-logement-2022.CSV"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("meta_base-ic-logement-2022.CSV", "COD_VAR;LIB_VAR\n")
        opened.writestr(name, content)
    return path


def test_each_commune_takes_its_addresses_and_no_other(tmp_path):
    whole = packed(tmp_path / "adresses-60.csv.gz", ban("60999", "60998", "60999", "60997"))
    targets = {code: tmp_path / f"{code}.csv.gz" for code in ("60999", "60998", "60001")}
    assert extracts.addresses(whole, targets) == {"60999": 2, "60998": 1, "60001": 0}
    rows = [row for _, row in read_csv(targets["60999"], required=("id",)).rows]
    assert [row["id"] for row in rows] == ["60999_0001_00001", "60999_0001_00003"]
    assert {row["nom_voie"] for row in rows} == {'Rue « "A;B" »'}


def test_an_extract_is_the_same_while_its_commune_is(tmp_path):
    target = tmp_path / "60999.csv.gz"
    extracts.addresses(packed(tmp_path / "a.csv.gz", ban("60999", "60998")), {"60999": target})
    first = target.read_bytes()
    extracts.addresses(packed(tmp_path / "b.csv.gz", ban("60999", "60997", "60996")), {"60999": target})
    assert target.read_bytes() == first


def test_an_address_file_in_another_encoding_leaves_no_extract(tmp_path):
    path = tmp_path / "adresses-60.csv.gz"
    path.write_bytes(gzip.compress(ban("60999").encode("latin-1")))
    with pytest.raises(UnreadableFile, match="CSV illisible"):
        extracts.addresses(path, {"60999": tmp_path / "60999.csv.gz"})
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_dwellings_keep_their_bytes(tmp_path, encoding):
    content = "IRIS;COM;LAB_IRIS;P22_LOG\n609990101;60999;Île;12,5\n609980000;60998;x;3\n".encode(encoding)
    targets = {code: tmp_path / f"{code}.csv" for code in ("60999", "60001")}
    assert extracts.dwellings(archive(tmp_path / "l.zip", content), targets) == {"60999": 1, "60001": 0}
    ((_, row),) = read_csv(targets["60999"], required=("IRIS",)).rows
    assert row == {"IRIS": "609990101", "COM": "60999", "LAB_IRIS": "Île", "P22_LOG": "12,5"}


def test_an_archive_without_the_column_is_refused(tmp_path):
    path = archive(tmp_path / "l.zip", b"CODGEO;P22_LOG\n60999;3\n")
    with pytest.raises(UnreadableFile, match="IRIS"):
        extracts.dwellings(path, {"60999": tmp_path / "60999.csv"})


def iris_answer(path, *codes: str, stamp: str = "", corner=(3.0, 46.5)):
    x, y = corner
    ring = [[x, y], [x + 0.01, y], [x + 0.01, y + 0.01], [x, y]]
    features = [
        {
            "type": "Feature",
            "id": f"contours_iris.{stamp}{code}",
            "properties": {"code_iris": code, "nom_iris": f"Îlot {code}", "type_iris": "H"},
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
        }
        for code in codes
    ]
    document = {
        "type": "FeatureCollection",
        "features": features,
        "numberMatched": len(codes),
        "timeStamp": stamp,
    }
    path.write_text(json.dumps(document))
    return path


def test_iris_are_the_same_whatever_the_hour_and_the_order_of_the_answer(tmp_path):
    one, two = tmp_path / "one.geojson", tmp_path / "two.geojson"
    morning = iris_answer(tmp_path / "a.json", "609990101", "609990102", stamp="08:00")
    evening = iris_answer(tmp_path / "b.json", "609990102", "609990101", stamp="20:00")
    assert extracts.iris(morning, one, None) == extracts.iris(evening, two, None) == 2
    assert one.read_bytes() == two.read_bytes()


def test_iris_with_swapped_axes_are_refused(tmp_path):
    extent = (2.99, 46.49, 3.02, 46.52)
    target = tmp_path / "iris.geojson"
    right = iris_answer(tmp_path / "a.json", "609990101")
    assert extracts.iris(right, target, extent) == 1
    swapped = iris_answer(tmp_path / "b.json", "609990101", corner=(46.5, 3.0))
    with pytest.raises(UnreadableFile, match="axes inversés"):
        extracts.iris(swapped, target, extent)
    assert b"46.5,3.0" not in target.read_bytes()


@pytest.mark.parametrize("code", ["../../etc", "6099", None, 60999.5])
def test_a_code_that_could_lead_elsewhere_is_refused(tmp_path, code):
    members, answer = tmp_path / "members.json", tmp_path / "commune.json"
    members.write_text(json.dumps([{"code": "60999"}, {"code": code}]))
    answer.write_text(json.dumps({"code": "60999", "codeEpci": code or "../.."}))
    with pytest.raises(UnreadableFile, match="code invalide"):
        extracts.member_codes(members)
    with pytest.raises(UnreadableFile, match="code invalide"):
        extracts.communes(answer, tmp_path / "communes.json")


def test_an_answer_cut_by_the_server_s_limit_is_refused(tmp_path):
    path = iris_answer(tmp_path / "a.json", "609990101")
    path.write_text(path.read_text().replace('"numberMatched": 1', '"numberMatched": 1200'))
    with pytest.raises(UnreadableFile, match="1 objets sur 1200"):
        contents.features(path)


@pytest.mark.parametrize(
    ("check", "content", "said"),
    [
        (contents.answer, b'{"code":"60999"', "JSON illisible"),
        (contents.answer, b"<html>", "page web"),
        (contents.features, b'[{"code":1}]', "FeatureCollection"),
        (contents.features, b'<ows:ExceptionReport version="2.0.0"/>', "XML"),
        (contents.addresses, b"id;numero\n1;2\n", "il manque les colonnes"),
        (contents.archive, b"PK\x03\x04 coupe", "tronquée ou abîmée"),
        (contents.archive, b"<html>", "page web"),
    ],
)
def test_what_is_not_the_file_is_told(tmp_path, check, content, said):
    path = tmp_path / "f"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said):
        check(path)


def test_a_damaged_member_of_an_archive_is_told(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        opened.writestr("base-ic-logement-2022.CSV", b"IRIS;P22_LOG\n609990101;12\n")
    path = tmp_path / "l.zip"
    path.write_bytes(stream.getvalue().replace(b"609990101;12", b"609990101;99", 1))
    with pytest.raises(UnreadableFile, match="abîmé dans l’archive"):
        contents.archive(path)


def test_an_archive_of_metadata_alone_is_told(tmp_path):
    path = tmp_path / "l.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("meta_base-ic-logement-2022.CSV", "COD_VAR\n")
    with pytest.raises(UnreadableFile, match="aucun fichier CSV"):
        contents.archive(path)
