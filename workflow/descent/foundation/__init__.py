"""Shared basics: random streams, atomic files, command lines, class loading, source digests.

It imports no other room of the package.
"""
