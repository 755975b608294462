"""What the descriptions of columns say stands elsewhere too, and must be the same there."""

import math

from descent.analysis.tables.columns import TABLES
from descent.problems.mlp import MLPProblem
from descent.problems.sentences import SentenceProblem


def test_the_sizes_of_samples_are_those_of_the_problems():
    of_curve = TABLES["curves"].columns["train_metric"].meaning
    for problem in (MLPProblem, SentenceProblem):
        size = problem.training_sample
        assert f" {size:,} " in of_curve
        # of an accuracy of one half, the largest
        assert f"at most {100 * math.sqrt(0.25 / size):.1f} points" in of_curve
