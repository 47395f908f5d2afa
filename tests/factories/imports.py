"""Imports and the files given to them."""

import factory
from factory.django import DjangoModelFactory

from layers.models import ImportReject, ImportRun, Upload


class ImportRunFactory(DjangoModelFactory):
    """An import of parcelles that ended well."""

    class Meta:
        model = ImportRun

    source = "parcelles"
    file_name = "parcelles.json.gz"
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    status = ImportRun.Status.DONE


class ImportRejectFactory(DjangoModelFactory):
    """A line that was refused."""

    class Meta:
        model = ImportReject

    run = factory.SubFactory(ImportRunFactory)
    line = factory.Sequence(lambda n: n + 2)
    reason = "id : code invalide 'X'"


class UploadFactory(DjangoModelFactory):
    """A file that was received and waits to be described; the file itself is not there."""

    class Meta:
        model = Upload

    file_name = "parcelles.json.gz"
    size = 1000
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    spool = "dossier"
