"""The OpenAPI page works in a browser under our Content-Security-Policy, and asks nothing from elsewhere."""

import os

import pytest
from django.urls import reverse

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
]


@pytest.mark.browser
def test_the_page_lists_the_operations_and_breaks_no_rule(live_server, partner_client, monkeypatch):
    from playwright.sync_api import expect, sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    complaints, elsewhere = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_FLAGS
        )
        context = browser.new_context()
        session = partner_client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(live_server.url) else elsewhere.append(request.url)
            ),
        )
        page.goto(live_server.url + reverse("api-docs"))
        expect(page.get_by_text("Signalements de votre périmètre")).to_be_visible()
        expect(page.locator(".opblock")).to_have_count(10)
        browser.close()
    assert complaints == []
    assert [url for url in elsewhere if not url.startswith(("data:", "blob:"))] == []
