"""A job is queued with what the caller writes, or not at all; a worker runs it."""

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from layers.services import jobs
from tests.factories import CommuneFactory
from tests.queue import run_worker


def queued() -> list[tuple]:
    return list(
        ProcrastinateJob.objects.order_by("id").values_list("task_name", "lock", "queueing_lock", "args")
    )


@pytest.mark.django_db
def test_a_job_carries_its_arguments_and_the_lock_of_its_task():
    number = jobs.defer("anchor", signalements=[3, 4])
    assert ProcrastinateJob.objects.get().id == number
    assert queued() == [("anchor", "anchor", None, {"signalements": [3, 4]})]


@pytest.mark.django_db
def test_a_lock_can_be_chosen():
    jobs.defer("anchor", lock="layers_parcelle")
    assert queued() == [("anchor", "layers_parcelle", None, {})]


@pytest.mark.django_db
def test_one_waiting_job_is_enough():
    assert jobs.defer("anchor", once=True) is not None
    with transaction.atomic():
        assert jobs.defer("anchor", once=True) is None
        CommuneFactory()  # the refusal has not spoilt the transaction
    assert jobs.defer("geocode", once=True) is not None
    assert len(queued()) == 2


@pytest.mark.django_db
def test_a_name_that_nobody_declares_is_a_bug_at_once():
    with pytest.raises(KeyError):
        jobs.defer("ancrer")


@pytest.mark.django_db
def test_a_waiting_job_can_be_taken_back():
    number = jobs.defer("anchor")
    assert jobs.cancel(number)
    assert not jobs.cancel(number)
    assert ProcrastinateJob.objects.get().status == "cancelled"


@pytest.mark.usefixtures("queue")
def test_a_job_goes_with_the_transaction_of_what_asked_for_it():
    with transaction.atomic():
        jobs.defer("anchor")
        assert len(queued()) == 1
        transaction.set_rollback(True)
    assert queued() == []


@pytest.mark.usefixtures("queue")
def test_a_worker_geocodes_then_anchors():
    jobs.defer("geocode", signalements=[])
    run_worker()
    done = (
        ProcrastinateJob.objects.filter(queue_name="default")
        .order_by("id")
        .values_list("task_name", "args", "status")
    )
    assert list(done) == [
        ("geocode", {"signalements": []}, "succeeded"),
        ("anchor", {"signalements": []}, "succeeded"),
    ]
