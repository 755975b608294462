"""Benchmarks: the speed of training, compared with PyTorch and with the matrix products alone.

Each module has ``measure(setting)``; :mod:`descent.benchmark.__main__` runs one of them, and
:mod:`descent.benchmark.table` writes the tables of all.
"""
