"""A file is received whole under a name of ours, or not at all, and the refusal says why."""

import errno
import io
import os
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import UnreadablePostError
from django.test import Client, RequestFactory
from django.urls import reverse

from cadastre_import.deposits import spool
from cadastre_import.views.deposits import receive
from layers.models import Upload
from tests.cadastre_import.official_files import parcelle, write_features

CONTENT = b'{"type":"FeatureCollection","features":[]}'


def send(client, content=CONTENT, name="parcelles.json", **headers):
    return client.post(
        reverse("upload-receive"), {"fichier": SimpleUploadedFile(name, content)}, headers=headers
    )


def in_spool(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_waits_under_a_random_folder(client, importer, spool_dir):
    response = send(client, name="cadastre-60999-parcelles.json")
    upload = Upload.objects.get()
    assert response.url == reverse("upload", args=[upload.pk])
    assert (upload.sender, upload.partner, upload.status) == (importer, importer.partner, "received")
    assert upload.source == "parcelles"  # by its official name
    assert len(upload.spool) > 24
    assert in_spool(spool_dir) == [f"{upload.spool}/cadastre-60999-parcelles.json"]
    assert spool.path_of(upload).read_bytes() == CONTENT
    assert (spool_dir / upload.spool).stat().st_mode & 0o077 == 0


def test_a_script_receives_the_address(client):
    response = send(client, accept="application/json")
    assert response.status_code == 201
    assert response.json() == {"address": reverse("upload", args=[Upload.objects.get().pk])}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\dossier\\export.csv", "export.csv"),
        (".htaccess", "htaccess"),
        ("relevé <b> n°1.csv", "relevé _b_ n_1.csv"),
        ("a" * 300 + ".json.gz", "a" * 112 + ".json.gz"),
        ("x." + "y" * 300, "x" + "y" * 40),
        ("\u202egpj.csv", "_gpj.csv"),
    ],
)
def test_a_name_leads_nowhere(name, kept):
    assert spool.safe_name(name) == kept


def test_a_path_in_the_name_is_not_followed(client, spool_dir):
    send(client, name="../../../tmp/geo_lhi_pwned.csv", content=b"a;b\n1;2\n")
    assert in_spool(spool_dir) == [f"{Upload.objects.get().spool}/geo_lhi_pwned.csv"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "fichier vide"),
        (b" \n\n ", "fichier vide"),
        (b"%PDF-1.7 ...", "un PDF"),
        (b"\xff\xd8\xff\xe0 ...", "une image JPEG"),
        (b"MZ\x90\x00", "un programme Windows"),
        (b"\x7fELF\x02", "un programme"),
        (b"\xd0\xcf\x11\xe0\xa1", "classeur Excel ancien"),
        (b"<!DOCTYPE html><html><body>Erreur 500</body></html>", "format inattendu"),
        (b"<svg onload=alert(1)>", "format inattendu"),
        (b"<OGRVRTDataSource><SrcDataSource>/etc/passwd", "format inattendu"),
    ],
)
def test_what_no_reader_could_read_is_refused_at_once(client, spool_dir, content, said):
    response = send(client, content, accept="application/json")
    assert response.status_code == 422
    assert said in response.json()["detail"]
    assert in_spool(spool_dir) == []
    assert not Upload.objects.exists()


def test_a_refusal_is_a_page_for_a_form(client):
    response = send(client, b"%PDF-1.7")
    assert response.status_code == 422
    assert "c’est un PDF" in response.content.decode()


def test_no_file_at_all_is_told(client):
    response = client.post(reverse("upload-receive"))
    assert response.status_code == 422
    assert "Aucun fichier n’a été reçu" in response.content.decode()


def test_a_file_too_large_is_stopped_and_nothing_remains(client, spool_dir, settings):
    settings.UPLOAD_MAX_MB = 1
    response = send(client, b"x" * 1_000_001, accept="application/json")
    assert response.status_code == 413
    assert "dépasse 1 Mo" in response.json()["detail"]
    assert in_spool(spool_dir) == []


def test_a_full_disk_is_told_and_nothing_remains(client, spool_dir, monkeypatch):
    real = spool.NamedTemporaryFile

    def on_a_full_disk(**options):
        file = real(**options)

        def write(data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        file.write = write
        return file

    monkeypatch.setattr(spool, "NamedTemporaryFile", on_a_full_disk)
    response = send(client, accept="application/json")
    assert response.status_code == 422
    assert "n’a plus de place" in response.json()["detail"]
    assert in_spool(spool_dir) == []


class Cut(io.BytesIO):
    """A body that ends before what its length announced: the connection is lost."""

    def __init__(self, content: bytes, error: Exception | None) -> None:
        super().__init__(content)
        self.error = error

    def read(self, *size):
        chunk = super().read(*size)
        if not chunk and self.error:
            raise self.error
        return chunk


@pytest.mark.parametrize("error", [ConnectionResetError("the sender has gone"), None], ids=["reset", "short"])
def test_an_upload_that_is_cut_leaves_nothing(importer, spool_dir, monkeypatch, error):
    head = b'--b\r\nContent-Disposition: form-data; name="fichier"; filename="a.json"\r\n\r\n'
    request = RequestFactory().post(
        reverse("upload-receive"),
        b"-",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(10_000_000),
    )
    request.environ["wsgi.input"] = request._stream = Cut(head + b"x" * 1_000_000, error)
    request.user = importer
    request._dont_enforce_csrf_checks = True
    seen = []
    real = spool.SpoolHandler.receive_data_chunk

    def watched(self, data, start):
        real(self, data, start)
        seen.append(in_spool(spool_dir))

    monkeypatch.setattr(spool.SpoolHandler, "receive_data_chunk", watched)
    if error:
        with pytest.raises(UnreadablePostError):
            receive(request)
    else:
        assert receive(request).status_code == 422
    assert len(seen[-1]) == 1  # it was on the disk while it came
    assert in_spool(spool_dir) == []
    assert not Upload.objects.exists()


def test_a_form_without_its_token_is_refused(importer, spool_dir):
    hostile = Client(enforce_csrf_checks=True)
    hostile.force_login(importer)
    assert send(hostile).status_code == 403
    assert in_spool(spool_dir) == []


def test_old_files_go_and_those_that_wait_stay(client, spool_dir, settings):
    for name in ("ancien.json", "attend.json", "neuf.json"):
        send(client, name=name)
    old, waiting, _ = Upload.objects.order_by("pk")
    Upload.objects.filter(pk=waiting.pk).update(status=Upload.Status.WAITING)
    (spool_dir / ".arrivee-reste").write_bytes(b"a process was killed")
    long_ago = time.time() - (settings.SPOOL_KEPT_DAYS + 1) * 24 * 3600
    for path in (spool_dir / old.spool, spool_dir / waiting.spool, spool_dir / ".arrivee-reste"):
        os.utime(path, (long_ago, long_ago))
    assert spool.sweep() == 2
    assert [name.partition("/")[2] for name in in_spool(spool_dir)] in (
        ["attend.json", "neuf.json"],
        ["neuf.json", "attend.json"],
    )
    assert Upload.objects.get(pk=old.pk).spool == ""


def test_the_bytes_are_on_the_disk_and_not_in_memory(client, tmp_path, monkeypatch):
    """A file ten times larger than a piece passes piece by piece."""
    path = write_features(
        tmp_path / "a.json", [parcelle(f"60999000AB{n:04d}") for n in range(9_000)], compress=False
    )
    sizes = []
    real = spool.SpoolHandler.receive_data_chunk

    def watched(self, data, start):
        sizes.append(len(data))
        real(self, data, start)

    monkeypatch.setattr(spool.SpoolHandler, "receive_data_chunk", watched)
    send(client, path.read_bytes(), name="a.json")
    assert len(sizes) > 10
    assert max(sizes) <= spool.SpoolHandler.chunk_size
