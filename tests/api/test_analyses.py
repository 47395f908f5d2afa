"""``/api/v1/analyses/``: what was computed, from what, newest first."""

from tests.factories import AnalysisRunFactory, TauxRunFactory

URL = "/api/v1/analyses/"


def test_runs_come_newest_first_with_what_makes_them_again(administrator_client):
    old, new = AnalysisRunFactory(), AnalysisRunFactory(summary={"iris": 60}, seed=7)
    page = administrator_client.get(URL).json()
    assert [run["id"] for run in page["analyses"]] == [new.pk, old.pk]
    run = page["analyses"][0]
    assert run["methode"] == "iris_rates"
    assert run["parametres"] == {"since": "2025-01-01", "until": "2025-12-31"}
    assert run["millesimes"] == {"LOG": 2021}
    assert run["empreinte_donnees"] == new.inputs_digest
    assert (run["resume"], run["graine"], run["version_code"]) == ({"iris": 60}, 7, "0.1.0")


def test_totals_of_the_whole_base_are_not_for_a_partner(partner_client):
    AnalysisRunFactory(summary={"cases": 4_517, "overall_per_1000": 57.2, "smoothed_cuts": [10.0]})
    [run] = partner_client.get(URL).json()["analyses"]
    assert run["resume"] == {"overall_per_1000": 57.2}


def test_a_partner_reads_the_whole_of_his_own_runs_and_not_those_of_others(
    partner_client, commune, other_commune
):
    own = TauxRunFactory(everything=False, communes=[commune.code], title="À nous")
    foreign = TauxRunFactory(everything=False, communes=[other_commune.code])
    [run] = partner_client.get(URL).json()["analyses"]
    assert (run["id"], run["titre"], run["resume"]) == (own.pk, "À nous", own.summary)
    assert partner_client.get(f"{URL}{foreign.pk}/").status_code == 404


def test_the_list_and_the_detail_agree(partner_client):
    run = AnalysisRunFactory()
    assert partner_client.get(f"{URL}{run.pk}/").json() == partner_client.get(URL).json()["analyses"][0]


def test_pages_and_cost(partner_client, django_assert_num_queries):
    AnalysisRunFactory.create_batch(5)
    with django_assert_num_queries(3):  # who reads, count, page
        page = partner_client.get(URL, {"limit": 2, "page": 3}).json()
    assert (page["numberMatched"], page["numberReturned"], page["next"]) == (5, 1, None)


def test_a_run_that_does_not_exist(partner_client):
    response = partner_client.get(f"{URL}404/")
    assert (response.status_code, response.json()["detail"]) == (404, "Aucune analyse n’a ce numéro.")
