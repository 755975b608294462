"""The speed of the project, compared with other libraries and with the matrix products alone.

One module per measurement, each with ``measure(setting)``; :mod:`descent.benchmark.__main__` runs
one of them, :mod:`descent.benchmark.table` and :mod:`descent.benchmark.figure` show all.
"""
