"""What is minimised: a network on data, or a test function.

A problem gives initial parameters, mini-batches, losses, gradients and metrics. It knows nothing of
the optimizers, the training loop or the study.
"""

from descent.problems.base import Problem

__all__ = ["Problem"]
