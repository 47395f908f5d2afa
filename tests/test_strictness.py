"""The nets of the suite hold: shuffled rows, unknown variables, blocked network."""

import socket

import pytest
from django.template import engines
from pytest_socket import SocketConnectBlockedError

from layers.models import Commune
from tests.factories import CommuneFactory, point, square
from tests.strictness import UnknownVariableError


def test_a_query_without_order_gives_its_rows_in_any_order(db):
    CommuneFactory.create_batch(8)
    orders = {tuple(Commune.objects.values_list("code", flat=True)) for _ in range(10)}
    assert len(orders) > 1


def test_a_slice_without_order_takes_any_rows(db):
    CommuneFactory.create_batch(8)
    assert len({Commune.objects.values_list("code", flat=True)[:1][0] for _ in range(20)}) > 1


def test_an_ordered_query_keeps_its_order(db):
    CommuneFactory.create_batch(8)
    codes = list(Commune.objects.order_by("code").values_list("code", flat=True))
    assert codes == sorted(codes)


def test_a_template_of_ours_that_names_an_unknown_variable_fails():
    template = engines["django"].from_string("{{ nobody_gave_this }}")
    with pytest.raises(UnknownVariableError, match="nobody_gave_this"):
        template.render({})


def test_the_network_is_closed():
    with (
        pytest.warns(UserWarning, match=r"192\.0\.2\.1"),
        pytest.raises(SocketConnectBlockedError),
        socket.socket() as outside,
    ):
        outside.connect(("192.0.2.1", 80))


def test_a_metre_of_the_factories_is_a_metre():
    plot = square(0, 0, 100)
    plot.transform(2154)
    assert plot.area == pytest.approx(10_000, abs=0.1)
    assert point(0, 0).coords == pytest.approx((3.0, 46.5), abs=1e-7)
