"""The trust ratio of LARS and LAMB: how long a layer's step may be, measured by its weights."""

from __future__ import annotations


def trust_ratio(weights: float, update: float) -> float:
    """Return ``weights / update``, two norms; 1 if either is 0, so that a layer can leave zero."""
    return weights / update if weights > 0.0 and update > 0.0 else 1.0
