"""Networks in NumPy: the forward pass beside the backward pass."""
