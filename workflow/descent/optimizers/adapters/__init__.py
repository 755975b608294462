"""Optimizers of other libraries, each library behind one adapter class.

A library is imported when one of its optimizers is loaded.
"""
