"""Captions say which curves cover each other."""

import numpy as np
import pandas as pd

from descent.figures.coinciding import coincidences, coinciding

EPOCHS = np.arange(6.0)
FALLING = 2.0 * np.exp(-EPOCHS)


def test_curves_within_a_line_of_each_other_are_one_group():
    curves = pd.DataFrame(
        {"a": FALLING, "b": 1.5 * FALLING, "c": FALLING * 1.01, "d": FALLING * 0.99}, index=EPOCHS
    )
    assert coinciding(curves) == [["a", "c", "d"]]
    assert coincidences(curves) == "a, c and d coincide."
    assert coincidences(curves[["a", "b"]]) == ""


def test_curves_that_part_at_one_point_do_not_coincide():
    apart = FALLING.copy()
    apart[3] *= 2
    assert coinciding(pd.DataFrame({"a": FALLING, "b": apart}, index=EPOCHS)) == []


def test_a_curve_that_ends_early_does_not_coincide_with_one_that_goes_on():
    ended = FALLING.copy()
    ended[4:] = np.nan
    assert coinciding(pd.DataFrame({"a": FALLING, "b": ended}, index=EPOCHS)) == []


def test_curves_on_other_learning_rates_do_not_coincide():
    curves = pd.DataFrame({"a": [1.0, np.nan], "b": [np.nan, 1.0]}, index=[0.1, 0.2])
    assert coinciding(curves) == []


def test_losses_below_zero_are_compared_as_they_are():
    curves = pd.DataFrame({"a": FALLING - 1, "b": FALLING - 1 + 1e-3}, index=EPOCHS)
    assert coinciding(curves) == [["a", "b"]]


def test_no_curves_are_no_sentence():
    assert coincidences(pd.DataFrame()) == ""
