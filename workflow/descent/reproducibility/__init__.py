"""Whether anyone can make a study again: its provenance, and the verification of its results.

It stands above the tables, which it compares; nothing imports it.
"""
