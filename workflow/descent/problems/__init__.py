"""The problems to minimise: networks on data, and test functions.

A problem gives initial parameters, mini-batches, losses, gradients and metrics. It does not depend
on the optimizers, the training loop or the study.
"""

from descent.arrays import Layout
from descent.data.dataset import Dataset
from descent.problems.base import Problem
from descent.problems.learning import LearningProblem

__all__ = ["Dataset", "Layout", "LearningProblem", "Problem"]
