"""Networks, forward and backward pass, on flat parameters with named views.

Nothing here depends on data files, metrics or optimizers.
"""
