"""Compile the loops of the analyses, so that the first analysis of a machine does not wait for it."""

import time

from django.core.management.base import BaseCommand

from maps.analysis import permutations
from maps.analysis.scan import warm_up as scan


class Command(BaseCommand):
    """``manage.py compile_analyses``, before a worker starts; a second call only reads what is there."""

    help = "Compile les boucles des analyses (une fois par machine, quelques secondes)."

    def handle(self, **options: object) -> None:
        started = time.process_time()
        scan.warm_up()
        permutations.warm_up()
        self.stdout.write(f"analyses prêtes en {time.process_time() - started:.1f} s de processeur")
