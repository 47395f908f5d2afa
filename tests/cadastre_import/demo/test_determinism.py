"""The same seed gives the same bytes, whatever the day."""

from cadastre_import.demo import generate


def test_the_same_seed_writes_the_same_bytes(territory, tmp_path):
    again = generate(tmp_path, communes=1)
    assert again.counts == territory.counts
    assert again.bounds == territory.bounds
    for name, path in territory.files.items():
        assert again.files[name].read_bytes() == path.read_bytes(), name


def test_another_seed_writes_another_town(territory, tmp_path):
    other = generate(tmp_path, seed=7, communes=1)
    assert other.counts["parcelles"] != territory.counts["parcelles"]
    assert other.files["ban"].read_bytes() != territory.files["ban"].read_bytes()


def test_bounds_are_degrees_of_metropolitan_france(territory):
    west, south, east, north = territory.bounds
    assert 1 < west < east < 1.5
    assert 46.5 < south < north < 47
