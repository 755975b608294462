"""The provenance of a study, and the verification of its results.

No other room imports it.
"""
