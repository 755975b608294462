"""The data: published files, parsers, preparation, prepared datasets.

A dataset is arrays and a fingerprint. Nothing here depends on models or problems.
"""
