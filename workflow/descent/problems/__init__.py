"""The problems to minimise: networks on data, and test functions.

A problem gives initial parameters, mini-batches, losses, gradients and metrics. It does not depend
on the optimizers, the training loop or the study.
"""

from descent.problems.base import Problem

__all__ = ["Problem"]
