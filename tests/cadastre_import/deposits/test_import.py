"""From the deposit to the end: described, queued, imported by a worker, told, and what must follow asked for."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from cadastre_import.deposits import importing
from cadastre_import.deposits.progress import ProgressOf
from layers.models import ImportRun, Parcelle, Signalement, Upload
from tests.cadastre_import.official_files import export_row, parcelle, write_csv, write_features
from tests.factories import ImportRunFactory, UploadFactory, UserFactory
from tests.queue import run_worker

pytestmark = pytest.mark.usefixtures("queue")


def deposit(client, path) -> Upload:
    client.post(reverse("upload-receive"), {"fichier": SimpleUploadedFile(path.name, path.read_bytes())})
    return Upload.objects.latest("pk")


def start(client, upload, source="parcelles", **more):
    return client.post(reverse("upload-start", args=[upload.pk]), {"source": source, **more})


def imported(client, path, source="parcelles", **more) -> Upload:
    upload = deposit(client, path)
    assert start(client, upload, source, **more).status_code == 302
    run_worker()
    upload.refresh_from_db()
    return upload


def page(client, upload) -> str:
    return client.get(reverse("upload", args=[upload.pk])).content.decode()


def tasks() -> list[tuple[str, str]]:
    done = ProcrastinateJob.objects.filter(queue_name="default").order_by("id")
    return list(done.values_list("task_name", "status"))


@pytest.fixture
def parcelles(tmp_path):
    """Give a file of three parcelles, the second of an unknown commune."""
    rows = [parcelle("60999000AB0001"), parcelle("01004000AB0001"), parcelle("60999000AB0002")]
    return write_features(tmp_path / "cadastre-60999-parcelles.json.gz", rows)


def test_a_file_is_imported_by_the_worker(client, parcelles):
    upload = deposit(client, parcelles)
    assert 'value="parcelles" selected' in page(client, upload)
    start(client, upload, millesime="2025-07-01", follow="on")
    assert not Parcelle.objects.exists()
    assert "attend son tour" in page(client, upload)
    run_worker()
    upload.refresh_from_db()
    assert (upload.status, upload.records, upload.run.rejected) == ("done", 3, 1)
    assert set(Parcelle.objects.values_list("idu", "millesime")) == {
        ("60999000AB0001", upload.millesime),
        ("60999000AB0002", upload.millesime),
    }
    assert "3 enregistrements lus, 2 ajoutés, 0 modifiés" in page(client, upload)
    assert "compte rendu et 1 rejet<" in page(client, upload)
    assert tasks() == [("import_upload", "succeeded"), ("anchor", "succeeded")]


def test_nothing_follows_when_it_was_not_asked(client, parcelles):
    imported(client, parcelles)
    assert tasks() == [("import_upload", "succeeded")]


def test_reports_are_geocoded_then_anchored_and_their_file_goes(client, tmp_path, spool_dir):
    path = write_csv(tmp_path / "signalements.csv", [export_row("2025-1"), export_row("2025-2")])
    upload = imported(client, path, "signal-logement", follow="on")
    assert Signalement.objects.unscoped("test").count() == 2
    assert tasks() == [
        ("import_upload", "succeeded"),
        ("geocode", "succeeded"),
        ("anchor", "succeeded"),
    ]
    assert upload.spool == ""
    assert [path for path in spool_dir.rglob("*") if path.is_file()] == []
    assert "n’est plus gardé" in page(client, upload)


def test_the_same_file_twice_is_said_so(client, parcelles):
    imported(client, parcelles)
    again = deposit(client, parcelles)
    assert "a déjà été importé" in page(client, again)
    start(client, again, follow="on")
    run_worker()
    again.refresh_from_db()
    assert again.status == "done"
    assert "déjà en base" in page(client, again)
    assert ImportRun.objects.count() == 1
    assert tasks() == [("import_upload", "succeeded")] * 2  # and no anchoring: nothing changed


def test_a_file_can_be_read_again_on_purpose(client, parcelles):
    imported(client, parcelles)
    assert imported(client, parcelles, force="on").run.unchanged == 2


def test_a_refused_file_says_what_to_do_and_can_be_started_again(client, tmp_path):
    path = tmp_path / "opah.csv"
    path.write_text(
        "type;nom;acte;wkt\nOPAH;Centre;délib. 1;"
        '"POLYGON((700000 6600000,700100 6600000,700100 6600100,700000 6600000))"\n'
    )
    upload = imported(client, path, "perimetres")
    assert (upload.status, upload.run.status) == ("failed", "failed")
    told = page(client, upload)
    assert "un CSV ne dit pas sa projection" in told
    assert "Choisissez ci-dessous la projection" in told
    assert start(client, upload, "perimetres", srid="2154").status_code == 302
    run_worker()
    upload.refresh_from_db()
    assert (upload.status, upload.run.added, upload.srid) == ("done", 1, 2154)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"source": ""}, "Choisissez la source"),
        ({"source": "inconnue"}, "Source inconnue"),
        ({"source": "parcelles", "srid": "27572"}, "Projection non acceptée"),
        ({"source": "parcelles", "millesime": "hier"}, "une date est attendue"),
        ({"source": "parcelles", "millesime": "2999-01-01"}, "dans l’avenir"),
    ],
)
def test_a_wrong_answer_is_told_on_the_form(client, parcelles, asked, said):
    upload = deposit(client, parcelles)
    response = client.post(reverse("upload-start", args=[upload.pk]), asked)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert tasks() == []


def test_an_import_that_waits_can_be_cancelled(client, parcelles):
    upload = deposit(client, parcelles)
    start(client, upload)
    client.post(reverse("upload-cancel", args=[upload.pk]))
    run_worker()
    upload.refresh_from_db()
    assert upload.status == "cancelled"
    assert tasks() == [("import_upload", "cancelled")]
    assert not ImportRun.objects.exists()
    start(client, upload)  # one may change one's mind
    run_worker()
    upload.refresh_from_db()
    assert upload.status == "done"


def test_an_import_that_runs_is_not_cancelled(client, parcelles):
    upload = deposit(client, parcelles)
    Upload.objects.filter(pk=upload.pk).update(
        status="running", source="parcelles", started_at=timezone.now()
    )
    client.post(reverse("upload-cancel", args=[upload.pk]))
    client.post(reverse("upload-cancel", args=[upload.pk]), {"retirer": "1"})
    upload.refresh_from_db()
    assert (upload.status, bool(upload.spool)) == ("running", True)
    assert start(client, upload).status_code == 422


def test_a_file_can_be_removed(client, parcelles, spool_dir):
    upload = deposit(client, parcelles)
    client.post(reverse("upload-cancel", args=[upload.pk]), {"retirer": "1"})
    assert list(spool_dir.iterdir()) == []
    upload.refresh_from_db()
    assert upload.status == "cancelled"
    assert start(client, upload).status_code == 422  # there is nothing to read any more


def test_progress_is_seen_while_the_import_is_not(client, parcelles):
    upload = deposit(client, parcelles)
    Upload.objects.filter(pk=upload.pk).update(status="running", started_at=timezone.now())
    url = reverse("upload-progress", args=[upload.pk])
    seen = []
    with ProgressOf(upload.pk) as progress:
        for n, _ in enumerate(progress.counting(range(2_500)), 1):
            if n == 2_000:
                seen.append(_wait_for(client, url, lambda told: told["records"] == 2_000))
        seen.append(_wait_for(client, url, lambda told: told["phase"] == "writing"))
    assert [(told["status"], told["over"]) for told in seen] == [("running", False)] * 2
    assert seen[1]["records"] == 2_500


def _wait_for(client, url, holds):
    deadline = timezone.now() + timedelta(seconds=20)
    while not holds(told := client.get(url).json()):
        assert timezone.now() < deadline, told
    return told


def test_a_worker_that_gives_no_sign_of_life_is_told(client, parcelles):
    upload = deposit(client, parcelles)
    start(client, upload)
    told = client.get(reverse("upload-progress", args=[upload.pk])).json()
    assert (told["status"], told["no_worker"]) == ("waiting", True)
    assert "Aucun processus de traitement" in page(client, upload)
    long_ago = timezone.now() - timedelta(minutes=5)
    Upload.objects.filter(pk=upload.pk).update(status="running", started_at=long_ago, beat_at=long_ago)
    assert client.get(reverse("upload-progress", args=[upload.pk])).json()["silent"]
    assert "ne donne plus signe de vie" in page(client, upload)


def test_a_defect_is_told_without_its_traceback(client, parcelles, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(importing, "run_import", broken)
    upload = imported(client, parcelles)
    assert upload.status == "failed"
    told = page(client, upload)
    assert "erreur du logiciel" in told
    assert "secret detail" not in told
    assert tasks() == [("import_upload", "failed")]


def test_a_database_that_restarts_delays_the_import(client, parcelles, monkeypatch):
    real = importing.run_import

    def once(*args, **kwargs):
        monkeypatch.setattr(importing, "run_import", real)
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr(importing, "run_import", once)
    upload = imported(client, parcelles)
    assert (upload.status, tasks()) == ("running", [("import_upload", "todo")])
    assert importing.import_upload(upload.pk).startswith("3 lus")


def test_an_import_given_up_is_said_to_be(client, parcelles):
    upload = deposit(client, parcelles)
    start(client, upload)
    Upload.objects.filter(pk=upload.pk).update(status="running", started_at=timezone.now())
    assert importing.end_lost_imports() == 0
    upload.refresh_from_db()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [upload.job])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [upload.job])
    assert importing.end_lost_imports() == 1
    assert "interrompu plusieurs fois" in page(client, upload)


def test_the_lists_cost_the_same_with_many_files(client, importer, django_assert_max_num_queries):
    for _ in range(12):
        run = ImportRunFactory()
        UploadFactory(sender=importer, partner=importer.partner, status="done", run=run)
    with django_assert_max_num_queries(14):
        assert client.get(reverse("imports")).content.count(b'scope="row" class="file-name"') == 10
    with django_assert_max_num_queries(8):
        assert client.get(reverse("import-journal")).content.count(b'scope="row" class="file-name"') == 12


def test_old_rejects_of_reports_go_and_their_number_stays(client, tmp_path, settings):
    wrong = export_row("2025-1", Déposé_le="31/02/2025")
    upload = imported(client, write_csv(tmp_path / "signalements.csv", [wrong]), "signal-logement")
    assert importing.remove_old_rejects() == 0
    settings.REJECTS_KEPT_DAYS = 0
    assert importing.remove_old_rejects() == 1
    told = client.get(reverse("import-run", args=[upload.run_id])).content.decode()
    assert "n’est plus gardé : seul leur nombre" in told


def test_old_rejects_of_open_data_stay(client, parcelles, settings):
    imported(client, parcelles)
    settings.REJECTS_KEPT_DAYS = 0
    assert importing.remove_old_rejects() == 0


def test_a_colleague_of_the_same_partner_sees_it_and_no_one_else(client, signed_in, importer, parcelles):
    upload = imported(client, parcelles)
    permission = importer.user_permissions.get()
    colleague = UserFactory(partner=importer.partner)
    stranger = UserFactory(partner=None)
    for user in (colleague, stranger):
        user.user_permissions.add(permission)
    urls = [reverse("upload", args=[upload.pk]), reverse("import-run", args=[upload.run_id])]
    assert [signed_in(colleague).get(url).status_code for url in urls] == [200, 200]
    assert [signed_in(stranger).get(url).status_code for url in urls] == [404, 404]
    assert parcelles.name not in signed_in(stranger).get(reverse("imports")).content.decode()
    assert parcelles.name not in signed_in(stranger).get(reverse("import-journal")).content.decode()
    assert parcelles.name in signed_in(colleague).get(reverse("import-journal")).content.decode()


def test_without_the_right_one_reads_the_state_of_the_data_only(signed_in, client, parcelles):
    imported(client, parcelles)
    reader = signed_in(UserFactory())
    told = reader.get(reverse("imports")).content.decode()
    assert "Parcelles" in told
    assert "jamais importée" in told
    assert parcelles.name not in told
    assert 'type="file"' not in told
