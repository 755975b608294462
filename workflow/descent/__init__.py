"""Descent: a reproducible benchmark of first-order optimizers, from scratch in NumPy."""

__version__ = "0.1.0"
