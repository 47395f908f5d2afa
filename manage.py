#!/usr/bin/env python
"""Run a command of the project."""

import os
import sys


def main() -> None:
    """Give the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_lhi.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
