"""The pages of OGC API Features in Chromium: the map draws the features of the page, and the pages lead on."""

from playwright.sync_api import Page, expect


def test_the_map_shows_the_features_of_the_page(signed_page: Page):
    page = signed_page
    page.goto("/ogc/")
    page.get_by_role("link", name="Signalements", exact=True).click()
    expect(page.locator("h1")).to_have_text("Signalements")
    page.get_by_role("link", name="Voir les objets").click()
    rows = page.locator("tbody tr").count()
    assert rows > 0
    expect(page.locator("#map")).to_have_attribute("data-features", str(rows), timeout=60_000)
    expect(page.locator("#map-status")).to_be_empty()
    page.locator("tbody th a").first.click()
    expect(page.locator("#map")).to_have_attribute("data-features", "1", timeout=60_000)
    page.goto("/ogc/collections/communes/items?f=html&limit=1")
    expect(page.locator("#map")).to_have_attribute("data-features", "1", timeout=60_000)
