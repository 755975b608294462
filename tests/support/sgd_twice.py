"""A rule that takes every step of SGD twice: two gradients a step."""

from dataclasses import dataclass

import numpy as np

from descent.optimizers.rules.sgd import SGD


@dataclass
class SGDTwice(SGD):
    """Two steps of SGD on one mini-batch."""

    elementwise = False
    extra_gradients = True
    work_arrays = 2

    def direction(self, g, state):
        between, both = state.work[:2]
        np.multiply(g, -state.step_size, out=between)
        between += state.theta
        state.loss_and_gradient(between, both)
        both += g
        return both
