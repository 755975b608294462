"""Networks, forward beside backward, on flat parameters with named views.

A model knows nothing of data files, metrics or optimizers.
"""
