"""Imports whole départements: files are prepared side by side by ``dask.distributed`` and merged side by side.

``plan`` says which files, ``preparing`` turns one into GeoParquet partitions (a plain function that a worker runs,
without Django nor database), ``loading`` merges a partition, ``run`` leads them.
"""
