"""``import_national`` gives what ``run_import`` gives on the same files, whoever dies on the way."""

import contextlib
import io
import os
import signal
import threading
import time
from datetime import date

import pytest
from distributed import Client, Future
from distributed.comm import CommClosedError
from django.core.management import CommandError, call_command

from cadastre_import.folder import import_files, recognise
from cadastre_import.national.preparing import UNDER_WAY
from layers.models import Address, Batiment, Commune, ImportReject, ImportRun, Parcelle
from tests.cadastre_import.national.dask_cluster import dask_cluster
from tests.cadastre_import.national.official_folder import contents, lines_of, write_folder, write_lines

pytestmark = pytest.mark.django_db(transaction=True)
EDITION = date(2025, 1, 1)


@pytest.fixture
def cluster(tmp_path):
    with dask_cluster(tmp_path / "dask") as cluster:
        yield cluster


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "official")


def import_national(folder, cluster, *options):
    out = io.StringIO()
    arguments = ["--partitions", str(folder.parent / "partitions"), "--millesime", EDITION.isoformat()]
    call_command(
        "import_national",
        str(folder),
        *arguments,
        "--scheduler",
        cluster.address,
        *options,
        stdout=out,
        verbosity=0,
    )
    return out.getvalue()


def one_after_the_other(folder):
    """Give the tables as ``run_import`` fills them, and leave them empty."""
    list(import_files(recognise(folder), millesime=EDITION))
    expected = contents()
    ImportRun.objects.all().delete()
    Commune.objects.all().delete()
    assert not Parcelle.objects.exists()
    return expected


def spoil(folder):
    """Give each département its bad records: a bow tie, a line that is not JSON, a double, an unknown commune."""
    for path in folder.glob("*-parcelles.json.gz"):
        lines = lines_of(path)
        ring = lines[5].split('"coordinates":')[1].split("]]]")[0] + "]]]"
        bow_tie = "[[[1,46],[1.001,46.001],[1.001,46],[1,46.001],[1,46]]]"
        lines[5] = lines[5].replace(ring, bow_tie)
        lines[7] = lines[7][:-4]
        lines[9] = lines[8]
        unknown = path.name.split("-")[1].ljust(5, "9")
        lines[11] = lines[11].replace(lines[11].split('"id":"')[1][:5], unknown)
        write_lines(path, lines)


def _at_work(under_way, pid):
    """Give the place where a worker is writing a partition, None if it is writing none."""
    for place in under_way.glob(f"*-{pid}-*"):
        with contextlib.suppress(FileNotFoundError):
            if any(place.iterdir()):
                return place
    return None


def test_a_worker_killed_half_way_costs_nothing(folder, cluster):
    spoil(folder)
    expected = one_after_the_other(folder)
    victim, killed = cluster.workers[0], []

    def kill_it_at_work():
        partitions = folder.parent / "partitions"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            done = len(list(partitions.glob("manifestes/*")))
            if done >= 3 and _at_work(partitions / UNDER_WAY, victim.pid):
                victim.send_signal(signal.SIGSTOP)  # it cannot end its file between the look and the blow
                time.sleep(0.01)
                if half_done := _at_work(partitions / UNDER_WAY, victim.pid):
                    victim.send_signal(signal.SIGKILL)
                    killed.extend([done, half_done])
                    return
                victim.send_signal(signal.SIGCONT)
            time.sleep(0.001)

    killer = threading.Thread(target=kill_it_at_work)
    killer.start()
    said = import_national(folder, cluster)
    killer.join()
    victim.wait()
    done, half_done = killed
    print(f"killed after {done} files of 12")
    assert 3 <= done < 12
    assert half_done.is_dir()  # it was writing a partition, which another worker wrote again
    with Client(cluster.address) as client:
        assert len(client.scheduler_info()["workers"]) == 1
    found = contents()
    for table, rows in expected.items():
        assert found[table] == rows, table
    assert len(found["parcelle"]) == 4 * (3500 - 4)
    assert len(found["importreject"]) == 4 * 4
    assert said.count("préparé, ") == 12
    assert "ÉCHEC" not in said

    again = import_national(folder, cluster)
    assert again.count("déjà préparé") == again.count("préparé, ") == 12
    assert again.count("rien à faire") == 13
    assert contents() == found
    assert not half_done.exists()


def test_workers_know_nothing_of_django_nor_of_the_database(folder, cluster):
    import_national(folder, cluster, "--departements", "01", "--layers", "ban")

    def known():
        import sys

        return [name for name in sys.modules if name.split(".")[0] in ("django", "psycopg")], dict(os.environ)

    with Client(cluster.address) as client:
        for modules, environment in client.run(known).values():
            assert modules == []
            assert not {"DATABASE_URL", "SECRET_KEY"} & environment.keys()
    assert Address.objects.count() == 1750
    assert not Parcelle.objects.exists()


def test_a_bad_file_fails_alone(folder, cluster):
    bad = folder / "cadastre-2A-parcelles.json.gz"
    bad.write_bytes(bad.read_bytes()[:20_000])
    with pytest.raises(CommandError, match=r"à reprendre : cadastre-2A-parcelles\.json\.gz"):
        import_national(folder, cluster)
    departements = set(Parcelle.objects.values_list("commune__departement", flat=True))
    assert departements == {"01", "75", "974"}
    assert Batiment.objects.filter(commune__departement="2A").exists()
    run = ImportRun.objects.get(status=ImportRun.Status.FAILED)
    assert (run.source, run.file_name) == ("parcelles", bad.name)
    assert "tronquée" in run.message
    assert not list((folder.parent / "partitions").rglob("*2A-parcelles*"))


def test_a_scheduler_that_dies_is_told_and_the_next_run_resumes(folder, cluster, capfd):
    manifests = folder.parent / "partitions" / "manifestes"

    def kill_it_half_way():
        while len(list(manifests.glob("*"))) < 2:
            time.sleep(0.001)
        cluster.scheduler.kill()

    killer = threading.Thread(target=kill_it_half_way)
    killer.start()
    with pytest.raises(CommandError, match="ne répond plus ; relancez"):
        import_national(folder, cluster)
    killer.join()
    assert ImportRun.objects.filter(status=ImportRun.Status.RUNNING).count() == 0
    with dask_cluster(folder.parent / "dask-again") as second:
        said = import_national(folder, second)
    assert capfd.readouterr() == ("", "")
    assert said.count("déjà préparé") >= 2
    assert Parcelle.objects.count() == 4 * 3500
    assert ImportReject.objects.count() == 0


def test_a_scheduler_that_dies_while_it_gives_a_result_is_told_too(folder, cluster, monkeypatch):
    def cut(future):
        raise CommClosedError("coupé au milieu de la réponse")

    monkeypatch.setattr(Future, "result", cut)
    with pytest.raises(CommandError, match="ne répond plus ; relancez"):
        import_national(folder, cluster)


def test_no_scheduler_at_that_address(folder):
    with pytest.raises(CommandError, match=r"aucun ordonnanceur dask ne répond à tcp://127\.0\.0\.1:1"):
        call_command("import_national", str(folder), "--scheduler", "tcp://127.0.0.1:1", stdout=io.StringIO())
    assert not Parcelle.objects.exists()
