"""An import killed at any moment leaves the state before it or the one after it, and says that it was killed."""

import random
from collections.abc import Iterator

import pytest

from tests.cadastre_import.killing import Importer, Kills, throw_away_cluster, write_editions


@pytest.fixture
def kills(tmp_path) -> Iterator[Kills]:
    with throw_away_cluster() as cluster:
        importer = Importer(cluster)
        yield Kills(cluster, importer, write_editions(tmp_path), random.Random(20260401))
        importer.close()


def test_killed_imports_leave_whole_states(kills, capsys):
    kills.first_load()
    kills.learn()
    for what in ("process", "server", "process", "backend", "process"):
        assert any(kills.kill(what) for _ in range(8)), f"each import had ended before its {what} was killed"
    kills.complete()
    with capsys.disabled():
        print(f"\nimports tués : {dict(kills.outcome)}")
    assert kills.outcome["BROKEN"] == 0
    assert kills.outcome["said to be interrupted"] >= 1
