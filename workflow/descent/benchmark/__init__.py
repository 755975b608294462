"""How fast it is, beside what others and the machine's own products take.

One module a measurement, each with ``measure(setting)``; :mod:`descent.benchmark.__main__` runs one
of them, :mod:`descent.benchmark.table` and :mod:`descent.benchmark.figure` show all.
"""
