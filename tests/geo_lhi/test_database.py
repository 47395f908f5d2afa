"""How the application speaks to PostgreSQL: no parallel worker and no JIT, which set PROJ up anew for each tile."""

import pytest
from django.db import DataError, connection, transaction

from benchmarks._territory import lay_town
from geo_lhi.postgis.base import PREPARED_MOST


@pytest.mark.parametrize(("setting", "value"), [("max_parallel_workers_per_gather", "0"), ("jit", "off")])
def test_connections_have_the_settings_of_tiles(db, setting, value):
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {setting}")
        assert cursor.fetchone() == (value,)


def test_a_plan_that_the_server_would_share_out_is_not(db):
    """With what makes any plan look worth sharing, the server's own setting gathers and ours does not."""
    lay_town(parcelles=3_000, reports=0)
    cheap = ("parallel_setup_cost = 0", "parallel_tuple_cost = 0", "min_parallel_table_scan_size = 0")
    asked = "SELECT sum(ST_NPoints(ST_Transform(geom, 3857))) FROM layers_parcelle"
    with connection.cursor() as cursor:
        for setting in cheap:
            cursor.execute(f"SET LOCAL {setting}")

        def plan() -> str:
            cursor.execute(f"EXPLAIN {asked}")
            return "\n".join(line for (line,) in cursor.fetchall())

        assert "Gather" not in plan()
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 2")
        assert "Gather" in plan()


@pytest.fixture
def kept(db):
    """A connection of its own, as a server keeps between two requests."""
    own = connection.copy()
    own.connect()
    own.health_check_enabled = True
    yield own
    own.close()


def test_a_kept_connection_is_not_asked_whether_it_lives(kept):
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((backend,),) = cursor.fetchall()
    last = "SELECT query FROM pg_stat_activity WHERE pid = %s"
    kept.health_check_done = False
    kept.close_if_health_check_failed()
    with connection.cursor() as cursor:
        cursor.execute(last, [backend])
        assert cursor.fetchone() == ("SELECT pg_backend_pid()",)


def test_a_connection_that_the_server_ended_is_made_again(kept):
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((backend,),) = cursor.fetchall()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        assert cursor.fetchone() == (True,)
    kept.health_check_done = False
    with kept.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_who_asks_is_planned_once_a_connection(kept):
    prepared = "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE %s"
    asked = 'SELECT "id" FROM accounts_user WHERE username = %s'
    for name in ("a", "b", "c", "d"):
        with kept.prepared_cursor() as cursor:
            cursor.execute(asked, [name])
            assert cursor.fetchall() == []
    with kept.cursor() as cursor:
        cursor.execute(prepared, ["%accounts_user%"])
        [(times,)] = cursor.fetchall()
    assert times >= 2


def test_a_connection_keeps_so_many_plans(kept):
    """One that serves partners and filters of all kinds would hold tens of megabytes."""
    for n in range(2 * PREPARED_MOST):
        for _ in range(4):
            with kept.numbered_cursor(plans_once=True) as cursor:
                cursor.execute(f"SELECT $1::bytea, {n}", ["x"])
    with kept.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert PREPARED_MOST <= cursor.fetchone()[0] <= PREPARED_MOST + 1


def test_a_prepared_statement_is_counted_and_its_errors_are_those_of_django(db, django_assert_num_queries):
    with django_assert_num_queries(4) as asked:
        for _ in range(4):
            with connection.prepared_cursor() as cursor:
                cursor.execute("SELECT %s::int + 1", [1])
                assert cursor.fetchone() == (2,)
    assert {query["sql"] for query in asked} == {"SELECT 1::int + 1"}
    with pytest.raises(DataError), transaction.atomic(), connection.prepared_cursor() as cursor:
        cursor.execute("SELECT 1 / %s", [0])
