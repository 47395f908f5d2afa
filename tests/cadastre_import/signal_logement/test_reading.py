"""The list is read window by window while it changes, fails, is interrupted, and goes on."""

import pytest
from django.core.management import CommandError, call_command

from cadastre_import import synchronisation
from cadastre_import.fetching.errors import DownloadFailed
from cadastre_import.fetching.signal_logement import LIMIT, SignalLogementApi, page_of
from cadastre_import.synchronisation import sync_signal_logement
from layers.models import Signalement, SyncMark
from tests.cadastre_import.signal_logement.service import (
    TOKEN,
    Bad,
    Service,
    report,
)

pytestmark = pytest.mark.django_db


def kept() -> set[str]:
    return set(Signalement.objects.unscoped("le test").values_list("reference", flat=True))


def only() -> Signalement:
    return Signalement.objects.unscoped("le test").get()


def rows(model) -> list:
    return list(model.objects.unscoped("le test").order_by("uuid"))


def numbered(first: int, last: int) -> list[dict]:
    return [report(number) for number in range(first, last + 1)]


@pytest.mark.parametrize("offset", [0, 1, 95, 100, 101, 190, 995, 12_345])
def test_windows_overlap_and_are_never_larger_than_the_api_gives(offset):
    page, limit = page_of(offset)
    assert 1 <= limit <= LIMIT
    assert (page - 1) * limit <= offset <= (page - 1) * limit + limit
    assert offset - (page - 1) * limit < page


def test_reports_that_arrive_while_the_list_is_read_hide_none(service, api):
    service.reports = numbered(1, 350)
    service.before = lambda number: service.reports.extend(numbered(1000 * number, 1000 * number + 6))
    sync_signal_logement(api)
    assert {f"2025-{n}" for n in range(1, 351)} <= kept()


@pytest.mark.parametrize("gone", [3, 40])
def test_reports_that_leave_while_the_list_is_read_hide_none(service, api, gone):
    service.reports = numbered(1, 350)

    def leave(number: int) -> None:
        if number == 2:
            service.reports = [
                one for one in service.reports if one not in service.page({"limit": str(gone)})
            ]

    service.before = leave
    sync_signal_logement(api)
    assert {f"2025-{n}" for n in range(1, 351 - gone)} <= kept()


def test_an_interrupted_reading_goes_on_where_it_stopped(service, api, monkeypatch):
    monkeypatch.setattr(synchronisation, "WINDOWS", 2)
    service.reports = numbered(1, 1000)
    service.bad = {7: Bad(status=403)}
    with pytest.raises(DownloadFailed, match="jeton"):
        sync_signal_logement(api)
    assert len(kept()) == 522
    mark = SyncMark.objects.get()
    assert (mark.complete_until, mark.walk_offset) == (None, 517)
    service.asked.clear()
    service.bad.clear()
    done = sync_signal_logement(api)
    assert done.resumed
    assert len(kept()) == 1000
    assert "lecture reprise" in str(done)
    assert int(service.asked[0]["page"]) > 4  # it did not begin again


@pytest.mark.parametrize(
    "bad",
    [Bad(status=500), Bad(status=503), Bad(status=429, headers={"Retry-After": "7"}), Bad(cut=True)],
    ids=["500", "503", "429", "cut"],
)
def test_a_passing_failure_is_waited_for(service, api, waits, bad):
    service.reports = numbered(1, 20)
    service.bad = {1: bad}
    assert sync_signal_logement(api).added == 20
    assert len(waits) == 1
    if bad.status == 429:
        assert waits == [7.0]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (Bad(status=429, headers={"Retry-After": "3600"}), "relancez plus tard"),
        (Bad(body=b"<!DOCTYPE html><html></html>"), "page web"),
        (Bad(body=b"\xff\xfe"), "autre chose que du JSON"),
        (Bad(body=b'{"message": "non"}'), "liste de signalements"),
        (Bad(status=400, body=b"{}"), "400"),
    ],
    ids=["too long a wait", "HTML", "not JSON", "not a list", "refused"],
)
def test_an_answer_that_is_no_list_is_told_in_french(service, api, bad, said):
    service.bad = {1: bad}
    with pytest.raises(DownloadFailed, match=said) as failure:
        sync_signal_logement(api)
    assert TOKEN not in str(failure.value)
    assert SyncMark.objects.get().complete_until is None


def test_a_server_that_is_down_is_told_after_a_few_attempts(service, api, waits):
    service.bad = {n: Bad(status=502) for n in range(1, 20)}
    with pytest.raises(DownloadFailed, match="502"):
        sync_signal_logement(api)
    assert len(waits) == 4


def test_a_refused_token_is_told_without_being_shown(service):
    with pytest.raises(DownloadFailed, match="vérifiez SIGNAL_LOGEMENT_TOKEN") as failure:
        sync_signal_logement(SignalLogementApi(service.url, "secret"))
    assert "secret" not in str(failure.value)


def test_the_wrong_site_is_told(service, api):
    wrong = SignalLogementApi(f"{service.url}/ailleurs", TOKEN)
    with pytest.raises(DownloadFailed, match="SIGNAL_LOGEMENT_URL"):
        sync_signal_logement(wrong)


def test_the_command_is_off_until_the_settings_name_the_api(service, settings, capsys):
    with pytest.raises(CommandError, match="SIGNAL_LOGEMENT_URL est vide"):
        call_command("sync_signal_logement")
    settings.SIGNAL_LOGEMENT_URL = service.url
    with pytest.raises(CommandError, match="SIGNAL_LOGEMENT_TOKEN est vide"):
        call_command("sync_signal_logement")
    settings.SIGNAL_LOGEMENT_TOKEN = TOKEN
    service.reports = numbered(1, 3)
    call_command("sync_signal_logement")
    assert "3 lus, 3 ajoutés" in capsys.readouterr().out
    service.reports = []
    call_command("sync_signal_logement")
    assert "aucun signalement nouveau" in capsys.readouterr().out


def test_the_service_is_the_documented_one():
    service = Service(reports=numbered(1, 45))
    assert [one["reference"] for one in service.page({"limit": "2", "page": "2"})] == ["2025-43", "2025-42"]
    assert len(service.page({})) == 20
