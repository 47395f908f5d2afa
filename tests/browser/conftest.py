"""Chromium on a live server: whatever leaves the loopback is stopped and fails the test."""

import os
import shutil

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser.town import Town, build_town

# Playwright's loop runs in this thread: Django would take each query of a test for one inside a coroutine.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-unsafe-swiftshader",
]
WIDE = {"width": 1440, "height": 900}
INSIDE = ("data:", "blob:")
TIMEOUT_MS = 60_000


def pytest_collection_modifyitems(items):
    """Mark every test of this folder."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    """Give Chromium: the one that CHROMIUM names, else the system's."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def town(transactional_db) -> Town:
    """Give the town that the pages show."""
    return build_town()


@pytest.fixture
def forgiven() -> list[str]:
    """Give the list of the errors that a test brings about itself: parts of their text."""
    return []


@pytest.fixture
def page(browser: Browser, live_server, forgiven: list[str]):
    """Give a French page on a wide screen; nothing may leave, and nothing may go wrong in silence."""
    with browser.new_context(viewport=WIDE, locale="fr-FR", base_url=live_server.url) as context:
        context.set_default_timeout(TIMEOUT_MS)
        opened = context.new_page()
        left, wrong = watch(opened, live_server.url)
        yield opened
        assert left == []
        assert [text for text in wrong if not any(part in text for part in forgiven)] == []


def watch(page: Page, home: str) -> tuple[list[str], list[str]]:
    """Stop and list each request that leaves ``home``, and list what the console reports as an error."""
    left: list[str] = []
    wrong: list[str] = []

    def let_through(route: Route) -> None:
        address = route.request.url
        if address.startswith((f"{home}/", *INSIDE)):
            route.continue_()
        else:
            left.append(address)
            route.abort()

    page.route("**/*", let_through)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    return left, wrong


@pytest.fixture
def signed_page(page: Page, town: Town, client, live_server) -> Page:
    """Give a page of someone who is signed in."""
    client.force_login(town.user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


@pytest.fixture
def explorer(signed_page: Page) -> Page:
    """Give the explorer, drawn."""
    signed_page.goto("/")
    settle(signed_page)
    return signed_page


def settle(page: Page) -> None:
    """Wait until the map has drawn what was asked and the table has answered."""
    page.wait_for_timeout(450)  # the table waits 250 ms after the last change before it asks
    page.locator("#map[data-ready='1']").wait_for()
    page.locator("#table-content[aria-busy]").wait_for(state="detached")
