"""What holds for every test: no network but the loopback, no luck, no silence; and who reads what.

``partner_user`` acts in ``commune``, ``other_partner_user`` in ``other_commune``: two squares apart.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from tests.strictness import RefuseUnknownVariables, shuffle_unordered_queries


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Set what no test may change by mistake, before Django builds its engines and handlers."""
    config.option.allow_hosts = "127.0.0.1,localhost,::1"
    config.option.allow_unix_socket = True
    shuffle_unordered_queries()

    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True  # no collectstatic before a test
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = RefuseUnknownVariables("%s")
    # Whatever the machine's own deployment says
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SECURE_SSL_REDIRECT = False
    settings.SECURE_HSTS_SECONDS = 0
    settings.TILE_ARCHIVES_DIR = Path("/nulle-part")
    settings.GEOCODER_URL = settings.BASEMAP_URL = settings.ORTHO_URL = settings.TERRITORY_BANNER = ""


# Whole real files, hostile ones, processes killed, each URL for each reader: minutes that matter before a landing
# and not at each change
SLOW = re.compile(
    r"cadastre_import/(test_real_|test_kills|test_columnar|test_edigeo|national/|fetching/|demo/test_determinism"
    r"|deposits/test_(hostile_uploads|killed_worker))|maps/(methods/test_degenerate|test_replications)"
    r"|tests/test_(access|no_leak|random_worlds|mutants|kept_fields)\.py"
)


# Minutes each: begun last, as their names would have it, one process would end them while the other has nothing to do
LONGEST = re.compile(r"tests/test_(mutants|random_worlds)\.py")


def pytest_collection_modifyitems(items):
    """Mark as slow what ``make quick`` leaves out, and begin with what is longest."""
    for item in items:
        if SLOW.search(item.path.as_posix()):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: not LONGEST.search(item.path.as_posix()))


@pytest.fixture(autouse=True)
def _empty_cache():
    """Forget what a previous test left in the cache of the process."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def queue(transactional_db):
    """Empty the job queue, before and after: its jobs are committed, a worker sees them."""
    from tests.queue import empty_queue

    empty_queue()
    yield
    empty_queue()


@pytest.fixture
def commune(db):
    """Give the commune of ``partner_user``: a square of 1 km with its south-west corner at the origin."""
    from tests.factories import CommuneFactory, square

    return CommuneFactory(nom="Commune d’ici", geom=square(0, 0, 1000))


@pytest.fixture
def other_commune(db):
    """Give the commune of ``other_partner_user``: a square of 1 km, 5 km to the east."""
    from tests.factories import CommuneFactory, square

    return CommuneFactory(nom="Commune d’ailleurs", geom=square(5000, 0, 1000))


@pytest.fixture
def partner_user(commune):
    """Give a user whose partner acts in ``commune`` only."""
    from tests.factories import PartnerFactory, UserFactory

    return UserFactory(username="ici", partner=PartnerFactory(nom="Partenaire d’ici", communes=[commune]))


@pytest.fixture
def other_partner_user(other_commune):
    """Give a user whose partner acts in ``other_commune`` only."""
    from tests.factories import PartnerFactory, UserFactory

    partner = PartnerFactory(nom="Partenaire d’ailleurs", communes=[other_commune])
    return UserFactory(username="ailleurs", partner=partner)


@pytest.fixture
def user_without_partner(db):
    """Give a user whom nobody has attached to a partner yet."""
    from tests.factories import UserFactory

    return UserFactory(username="sans-partenaire", partner=None)


@pytest.fixture
def administrator(db):
    """Give a user who reads and manages everything."""
    from tests.factories import UserFactory

    return UserFactory(username="administrateur", partner=None, is_staff=True, is_superuser=True)


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """Give the function that opens a client for a user, past the sign-in page."""

    def client_of(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def partner_client(signed_in, partner_user) -> Client:
    """Give a client signed in as ``partner_user``."""
    return signed_in(partner_user)


@pytest.fixture
def other_partner_client(signed_in, other_partner_user) -> Client:
    """Give a client signed in as ``other_partner_user``."""
    return signed_in(other_partner_user)


@pytest.fixture
def administrator_client(signed_in, administrator) -> Client:
    """Give a client signed in as ``administrator``."""
    return signed_in(administrator)
