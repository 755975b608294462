"""Optimizers of other libraries, each library behind one class that keeps our contract.

A library is imported when one of its optimizers is loaded, and not before.
"""
