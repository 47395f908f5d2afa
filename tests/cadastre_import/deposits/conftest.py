"""A person who may import, a spool of the test's own, and a commune where what comes in stands."""

import pytest
from django.contrib.auth.models import Permission

from tests.factories import CommuneFactory, PartnerFactory, UserFactory


@pytest.fixture(autouse=True)
def spool_dir(settings, tmp_path):
    """Give the spool."""
    settings.SPOOL_DIR = tmp_path / "spool"
    return settings.SPOOL_DIR


@pytest.fixture
def importer(db):
    """Give a user with the right to import, who acts in the commune 60999."""
    commune = CommuneFactory(code="60999", nom="Commune de l’import")
    user = UserFactory(username="camille", partner=PartnerFactory(nom="Ville d’ici", communes=[commune]))
    user.user_permissions.add(Permission.objects.get(codename="import_files"))
    return user


@pytest.fixture
def client(signed_in, importer):
    """Give a client signed in as the importer."""
    return signed_in(importer)
