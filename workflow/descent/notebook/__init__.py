"""Comparisons in a notebook: one call, a data frame and a figure.

Runs, tuning, verdicts and panels are those of a study, in one process and a temporary folder.
"""
