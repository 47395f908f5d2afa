"""Write the demo territory: ``python -m cadastre_import.demo DIRECTORY [--seed N] [--communes N]``."""

import argparse
import sys
from pathlib import Path

from .plan import COMMUNES
from .territory import generate

parser = argparse.ArgumentParser(prog="python -m cadastre_import.demo", description=__doc__)
parser.add_argument("directory", type=Path)
parser.add_argument("--seed", type=int, default=2026)
parser.add_argument("--communes", type=int, default=len(COMMUNES), choices=range(1, len(COMMUNES) + 1))
options = parser.parse_args()
territory = generate(
    options.directory,
    options.seed,
    communes=options.communes,
    progress=lambda message: sys.stderr.write(f"{message}\n"),
)
for name, count in territory.counts.items():
    sys.stdout.write(f"{name} : {count}\n")
