"""Networks of other libraries as problems, each library behind one adapter.

A library is imported when one of its networks is loaded.
"""
