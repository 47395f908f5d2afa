"""A transaction that is open while a copy is brought up to date is not lost to it: it is read the next time."""

import threading

import pytest
from django.db import connection, transaction

from api.ogc.changes import horizon
from tests.factories import SignalementFactory, point


@pytest.mark.django_db(transaction=True)
def test_the_horizon_stays_before_the_oldest_open_transaction(commune):
    began, may_end = threading.Event(), threading.Event()
    written = []

    def write_slowly():
        with transaction.atomic():
            written.append(SignalementFactory(commune=commune, geom=point(1, 1)))
            began.set()
            may_end.wait(10)
        connection.close()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert began.wait(10)
    until = horizon()
    may_end.set()
    writer.join()
    written[0].refresh_from_db()
    assert until <= written[0].written_at
    assert horizon() > written[0].written_at
