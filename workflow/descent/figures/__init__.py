"""The figures, one a file, drawn from the tables of a study; ``tutorial/`` has the tutorial's.

A figure computes no statistic: what it shows is in a table.
"""
