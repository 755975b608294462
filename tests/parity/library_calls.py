"""Calls of libraries that are more than one function of theirs, and steps of theirs in float64."""

from functools import partial
from unittest import mock

import numpy as np


class InTurn:
    """Several optimizers of PyTorch as one."""

    def __init__(self, *optimizers):
        self.optimizers = optimizers

    @property
    def param_groups(self):
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def step(self):
        for optimizer in self.optimizers:
            optimizer.step()


def newton_schulz_in_float64():
    """Let PyTorch's Muon keep the float64 that it rounds to bfloat16 before its Newton-Schulz."""
    import torch

    return mock.patch.object(torch.Tensor, "bfloat16", torch.Tensor.clone)


def beta2_in_float64():
    """Let Optax's Adafactor compute its beta2 in float64 instead of float32."""
    from optax._src import factorized

    def decay(step, exponent):
        return 1.0 - (step + 1.0) ** -exponent

    exact = partial(factorized.scale_by_factored_rms, decay_rate_fn=decay)
    return mock.patch.object(factorized, "scale_by_factored_rms", exact)


def means_in_float64():
    """Let Keras take means of float64 arrays in float64; on JAX it takes them in float32."""
    from jax import numpy
    from keras.src import ops

    def mean(x, **options):
        return numpy.mean(numpy.array(x), **options)

    return mock.patch.object(ops, "mean", mean)


def muon_and_adamw(parameters, adamw_lr=1e-3, **muon):
    """Return PyTorch's Muon on matrices and its AdamW on the rest, as its documentation has it."""
    import torch

    embedding, *layers = parameters
    matrices = [p for p in layers if p.ndim == 2]
    others = [embedding, *(p for p in layers if p.ndim != 2)]
    decay = muon.get("weight_decay", 0.1)
    adamw = torch.optim.AdamW(others, lr=adamw_lr, weight_decay=decay)
    return InTurn(torch.optim.Muon(matrices, **muon), adamw)


def norms_in_float64():
    """Let Keras take the norm of a matrix in float64, not in float32."""
    from keras.src import ops

    def norm(x, axis, keepdims):
        return ops.sqrt(ops.sum(x * x, axis=axis, keepdims=keepdims))

    return mock.patch.object(ops, "norm", norm)


def qr_in_float64():
    """Let pytorch_optimizer's SOAP keep the float64 that it rounds to float32 before its QR."""
    import torch

    return mock.patch.object(torch, "float32", torch.float64)


def descent_of_lbfgs(start, steps):
    """Return the gradients that PyTorch's L-BFGS meets on its way down a convex function."""
    import torch

    rng = np.random.default_rng(7)
    matrix = torch.tensor(rng.normal(size=(start.size, start.size)) / start.size**0.5)
    theta = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.LBFGS([theta], max_iter=1, tolerance_grad=0.0, tolerance_change=-np.inf)
    path = []
    for _ in range(steps):

        def closure():
            optimizer.zero_grad()
            away = matrix @ theta - 1.0
            loss = (away**2).sum() + torch.log(torch.cosh(away)).sum() + 0.5 * (theta**2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        path.append(theta.grad.numpy().copy())
    return np.array(path)


def sam_around(base, rho, learning_rate, **arguments):
    """Return Optax's SAM around another optimizer, in the form that takes the second gradient."""
    import optax

    uphill = optax.chain(optax.contrib.normalize(), optax.sgd(rho))
    inner = getattr(optax, base)(learning_rate, **arguments)
    return optax.contrib.sam(inner, uphill, opaque_mode=True)


def lookahead_around(base, interval, slow_step_size, learning_rate, **arguments):
    """Return Optax's Lookahead around another optimizer."""
    import optax

    inner = getattr(optax, base)(learning_rate, **arguments)
    return optax.lookahead(inner, interval, slow_step_size)
