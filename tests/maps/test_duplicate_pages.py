"""The list of possible duplicates, and what one click does."""

import pytest
from django.urls import reverse

from layers.models import Merge, Partner, Signalement
from layers.scope import Scope
from layers.services.duplicates import merge_reports, propose_duplicates
from maps.views.duplicate_texts import reasons_of
from tests.factories import AnchorFactory, DesordreFactory, ParcelleFactory, SignalementFactory, square

IDU = "01001000AB0012"


@pytest.fixture
def pair(commune):
    ParcelleFactory(commune=commune, idu=IDU, geom=square(0, 0, 10))
    reports = [SignalementFactory(commune=commune, reference=f"2026-0000{n}", etage="2") for n in (1, 2)]
    for report in reports:
        AnchorFactory(signalement=report, kind="parcelle", place_code=IDU)
        DesordreFactory(signalement=report, label="Humidité")
    propose_duplicates()
    return reports


def read(client, url):
    return client.get(url).content.decode()


def test_the_list_tells_each_pair_and_why(partner_client, pair):
    page = read(partner_client, reverse("duplicates"))
    assert "1 paire à décider" in page
    assert "même parcelle · le même jour · même étage · 1 désordre commun sur 1" in page


def test_the_report_and_the_place_propose_it_too(partner_client, pair):
    for url in (reverse("signalement", args=[pair[0].pk]), reverse("place-file", args=["parcelle", IDU])):
        assert "garder 2026-00001" in read(partner_client, url), url


def test_one_click_merges_and_one_undoes(partner_client, pair):
    kept, absorbed = pair
    url = reverse("duplicate-merge")
    answer = partner_client.post(
        url, {"garde": kept.pk, "absorbe": absorbed.pk, "retour": reverse("duplicates")}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, reverse("duplicates"))
    assert "Aucun doublon" in read(partner_client, reverse("duplicates"))
    assert "même étage" in Merge.objects.visible_to(Scope.whole()).get().reason
    page = read(partner_client, reverse("signalement", args=[kept.pk]))
    assert "2026-00002" in page
    assert "Défaire la fusion de 2026-00002" in page
    page = read(partner_client, reverse("signalement", args=[absorbed.pk]))
    assert "a été fusionné" in page
    assert f'dans <a href="{reverse("signalement", args=[kept.pk])}">2026-00001</a>' in page
    history = read(partner_client, reverse("place-file", args=["parcelle", IDU]))
    assert "doublon, fusionné" in history, "its history stays with the place"
    undo = Merge.objects.visible_to(Scope.whole()).get()
    answer = partner_client.post(reverse("duplicate-undo"), {"fusion": undo.pk})
    assert answer.headers["Location"] == reverse("signalement", args=[absorbed.pk])
    assert Signalement.objects.unscoped("test").count() == 2
    assert "1 paire à décider" in read(partner_client, reverse("duplicates"))


@pytest.fixture
def three(commune, pair):
    third = SignalementFactory(commune=commune, reference="2026-00003", etage="2")
    AnchorFactory(signalement=third, kind="parcelle", place_code=IDU)
    DesordreFactory(signalement=third, label="Humidité")
    propose_duplicates()
    return [*pair, third]


def test_three_reports_that_resemble_each_other_are_one_card_and_one_click(partner_client, three):
    for url in (
        reverse("duplicates"),
        reverse("signalement", args=[three[2].pk]),
        reverse("place-file", args=["parcelle", IDU]),
    ):
        page = read(partner_client, url)
        assert page.count('class="card duplicate"') == 1, url
        assert "Fusionner les 3, garder 2026-00001" in page
    kept, *absorbed = [report.pk for report in three]
    answer = partner_client.post(reverse("duplicate-merge"), {"garde": kept, "absorbe": absorbed})
    assert answer.headers["Location"] == reverse("signalement", args=[kept])
    merges = Merge.objects.visible_to(Scope.whole()).order_by("absorbed")
    assert [(merge.absorbed_id, merge.kept_id) for merge in merges] == [(pk, kept) for pk in absorbed]
    assert all("même étage" in merge.reason for merge in merges)
    assert "Aucun doublon" in read(partner_client, reverse("duplicates"))
    partner_client.post(reverse("duplicate-undo"), {"fusion": merges[1].pk})
    assert "1 paire à décider" in read(partner_client, reverse("duplicates"))


def test_a_group_is_merged_whole_or_not_at_all(partner_client, three, other_commune):
    elsewhere = SignalementFactory(commune=other_commune)
    kept, second, third = [report.pk for report in three]
    for absorbed in ([second, third, elsewhere.pk], [second, kept], [second, 10**9]):
        answer = partner_client.post(reverse("duplicate-merge"), {"garde": kept, "absorbe": absorbed})
        assert answer.status_code in (400, 404), absorbed
        assert not Merge.objects.visible_to(Scope.whole()).exists()
        assert not Signalement.objects.including_merged().unscoped("test").exclude(merged_into=None).exists()


def test_of_three_where_two_are_said_to_differ_none_is_a_group(partner_client, three):
    partner_client.post(reverse("duplicate-distinct"), {"un": three[1].pk, "autre": three[2].pk})
    page = read(partner_client, reverse("duplicates"))
    assert page.count('class="card duplicate"') == 2
    assert "Fusionner les" not in page


def test_saying_that_they_are_two_cases_takes_them_off_the_list(partner_client, pair):
    partner_client.post(reverse("duplicate-distinct"), {"un": pair[1].pk, "autre": pair[0].pk})
    assert "Aucun doublon" in read(partner_client, reverse("duplicates"))


@pytest.mark.parametrize(
    "retour", ["https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)", ""]
)
def test_nobody_is_sent_elsewhere(partner_client, pair, retour):
    answer = partner_client.post(
        reverse("duplicate-merge"), {"garde": pair[0].pk, "absorbe": pair[1].pk, "retour": retour}
    )
    assert answer.headers["Location"] == reverse("signalement", args=[pair[0].pk])


@pytest.mark.parametrize("form", [{}, {"garde": "x", "absorbe": "1"}, {"garde": "²", "absorbe": "9" * 30}])
def test_what_is_no_number_is_missing(partner_client, pair, form):
    assert partner_client.post(reverse("duplicate-merge"), form).status_code == 404


def test_the_pair_of_someone_else_is_missing(signed_in, other_partner_user, pair):
    stranger = signed_in(other_partner_user)
    forms = {
        "duplicate-merge": {"garde": pair[0].pk, "absorbe": pair[1].pk},
        "duplicate-distinct": {"un": pair[0].pk, "autre": pair[1].pk},
        "duplicate-undo": {"fusion": 1},
    }
    assert {
        name: stranger.post(reverse(name), form).status_code for name, form in forms.items()
    } == dict.fromkeys(forms, 404)
    assert "Aucun doublon" in read(stranger, reverse("duplicates"))


def test_a_merge_twice_is_told_as_a_conflict(partner_client, pair):
    form = {"garde": pair[0].pk, "absorbe": pair[1].pk}
    url = reverse("duplicate-merge")
    assert [partner_client.post(url, form).status_code for _ in range(2)] == [303, 409]


@pytest.mark.parametrize(
    ("partner_type", "told", "hidden"),
    [
        (Partner.Type.COMMUNE_SCHS, ("même appartement", "textes ressemblants"), ()),
        (Partner.Type.ADIL, ("textes ressemblants",), ("même appartement", "même étage")),
        (Partner.Type.BAILLEUR_SOCIAL, (), ("même appartement", "même étage", "textes ressemblants")),
    ],
)
def test_a_reason_tells_nobody_what_is_kept_from_them(
    partner_client, partner_user, commune, partner_type, told, hidden
):
    words = "moisissures noires dans la chambre et infiltrations sous la fenêtre"
    ParcelleFactory(commune=commune, idu=IDU, geom=square(0, 0, 10))
    kept, absorbed = (
        SignalementFactory(commune=commune, etage="2", appartement="B", description=words) for _ in (1, 2)
    )
    for report in (kept, absorbed):
        AnchorFactory(signalement=report, kind="parcelle", place_code=IDU)
    propose_duplicates()
    partner_user.partner.type = partner_type
    partner_user.partner.save()
    pages = [
        read(partner_client, url)
        for url in (
            reverse("duplicates"),
            reverse("signalement", args=[kept.pk]),
            reverse("place-file", args=["parcelle", IDU]),
        )
    ]
    merge_reports(
        absorbed.pk,
        kept.pk,
        Scope.whole(),
        partner_user.pk,
        reasons_of(absorbed.pk, kept.pk, Scope.whole()),
    )
    pages.append(read(partner_client, reverse("signalement", args=[kept.pk])))
    for page in pages:
        assert "même parcelle" in page
        assert all(reason in page for reason in told)
        assert not any(reason in page for reason in hidden)
