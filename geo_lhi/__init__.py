"""The Django project: settings, URLs, accounts.

Imported before NumPy by whatever starts with the settings. Its products of matrices are tall and narrow: a second
thread makes a regression on addresses no faster, and six times slower where another process holds the core.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
