"""« Mes accès » in Chromium, by the keyboard alone: made, copied, revoked."""

from playwright.sync_api import Page, expect

from tests.browser.town import Town


def test_a_token_is_made_copied_and_revoked_by_the_keyboard(signed_page: Page, town: Town):
    signed_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    signed_page.goto("/aide/")
    signed_page.get_by_role("link", name="Mes accès").first.press("Enter")
    signed_page.get_by_label("Nom, pour vous y retrouver").press_sequentially("QGIS")
    signed_page.get_by_label("Tuiles vectorielles").press("Space")
    signed_page.get_by_role("button", name="Créer l’accès").press("Enter")

    expect(signed_page.get_by_role("heading", name="Votre jeton « QGIS »")).to_be_focused()
    shown = signed_page.get_by_label("Jeton", exact=True).input_value()
    assert shown.startswith("geo_")
    signed_page.get_by_role("button", name="Copier").press("Enter")
    expect(signed_page.get_by_role("status").filter(has_text="Copié.")).to_be_visible()
    assert signed_page.evaluate("navigator.clipboard.readText()") == shown
    assert town.user.tokens.get().scopes == ["wfs", "tiles"]

    signed_page.goto("/compte/jetons/")
    expect(signed_page.get_by_label("Jeton", exact=True)).to_have_count(0)
    signed_page.get_by_role("button", name="Révoquer l’accès QGIS").press("Enter")
    expect(signed_page.get_by_text("L’accès « QGIS » est révoqué")).to_be_visible()
    expect(signed_page.get_by_text("Aucun accès n’est ouvert.")).to_be_visible()
