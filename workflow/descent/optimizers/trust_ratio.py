"""The trust ratio of LARS and LAMB: how long a layer's step may be, measured by its weights."""

from __future__ import annotations

import math

from descent.arrays import Array


def norm(block: Array) -> float:
    """Return the Euclidean norm of all numbers of a block, of any shape."""
    flat = block.reshape(-1)
    return math.sqrt(float(flat @ flat))


def trust_ratio(weights: float, update: float) -> float:
    """Return ``weights / update``, two norms; 1 if either is 0, so that a layer can leave zero."""
    return weights / update if weights > 0.0 and update > 0.0 else 1.0
