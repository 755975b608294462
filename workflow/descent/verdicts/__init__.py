"""Better, equivalent or undecided: what can be said of the rivals of a problem, and when.

:mod:`~descent.verdicts.pairs` judges every pair; the other modules say how wide its
intervals are, what else could have come out, how many seeds it takes, and who needs more of them.
"""
