"""The readers of data: one module for each source, with the name that a config uses.

Each has a ``SOURCE``: see :class:`descent.data.source.Source`.
"""
