"""What a run and a grid are measured by."""

import itertools
import math
from dataclasses import astuple

import numpy as np
import pytest
from one_record import a_record

from descent.study import measures
from descent.training.records import Status


def test_selection_looks_at_validation_and_the_report_at_test():
    record = a_record()
    assert measures.selection_metric(record) == "validation_accuracy"
    assert measures.reported_metric(record) == "test_accuracy"
    function = a_record(headline="loss", curve={"train_loss": [1.0], "epoch": [0.0], "step": [0]})
    assert measures.selection_metric(function) == "train_loss"
    assert measures.reported_metric(function) == "train_loss"
    assert measures.selection_metric(a_record(curve={})) is None


def test_final_and_best_differ():
    record = a_record()
    assert measures.final(record, "validation_accuracy") == 0.85
    assert measures.best(record, "validation_accuracy") == (0.9, 2.0)
    assert measures.best(record, "train_loss") == (0.01, 2.0)
    assert measures.initial(record, "train_loss") == 1.0


@pytest.mark.parametrize("status", [Status.DIVERGED, Status.TIMEOUT])
def test_a_run_that_did_not_finish_has_no_final_value(status):
    record = a_record(status=status)
    assert measures.final(record, "test_accuracy") is None
    assert measures.area_log_loss(record) is None
    assert measures.best(record, "test_accuracy") == (0.9, 4.0)
    assert measures.final(a_record(status=status, curve={}), "train_loss") is None


def test_the_area_weighs_epochs():
    # log10: 0, -1, -2, -1; trapezoids 0.5 + 1.5 + 2 * 1.5 = 5 over 4 epochs
    assert measures.area_log_loss(a_record()) == pytest.approx(-5 / 4)


def test_the_area_is_over_the_distance_where_the_optimum_is_known():
    record = a_record(optimum=-0.9)  # distances 1.9, 1.0, 0.91, 1.0
    logs = np.log10([1.9, 1.0, 0.91, 1.0])
    area = (logs[0] + logs[1]) / 2 + (logs[1] + logs[2]) / 2 + (logs[2] + logs[3])
    assert measures.area_log_loss(record) == pytest.approx(area / 4)
    assert measures.distance_to_optimum(record) == pytest.approx(1.0)


def test_the_area_of_a_negative_loss_does_not_exist():
    curve = {**a_record().curve, "train_loss": [1.0, -0.1, 0.1, 0.1]}
    assert measures.area_log_loss(a_record(curve=curve)) is None


@pytest.mark.parametrize(
    ("metric", "value", "expected"),
    [
        ("validation_accuracy", 0.8, (True, 10, 1.0, 11)),
        ("validation_accuracy", 0.85, (True, 20, 2.0, 22)),
        ("validation_accuracy", 0.95, (False, 40, 4, 44)),
        ("train_loss", 0.05, (True, 20, 2.0, 22)),
        ("train_loss", 5.0, (True, 0, 0.0, 0)),
    ],
)
def test_time_to_target(metric, value, expected):
    record = a_record(steps=40, gradient_evaluations=44)
    found = measures.time_to_target(record, {"metric": metric, "value": value})
    assert astuple(found) == expected


def test_a_diverged_run_is_censored_at_the_whole_budget():
    record = a_record(status=Status.DIVERGED, steps=3, gradient_evaluations=6, curve={})
    found = measures.time_to_target(record, {"metric": "test_accuracy", "value": 0.5})
    assert astuple(found) == (False, 40, 4, 80)


def test_an_unknown_target_metric_is_named():
    with pytest.raises(ValueError, match="must be one of train_loss, validation_accuracy"):
        measures.time_to_target(a_record(), {"metric": "validation_acuracy", "value": 0.5})


def test_a_range_is_interpolated_between_grid_points():
    rates = [0.001, 0.01, 0.1, 1.0]
    # best 0.9, floor 0.895: a tenth of the way down to 0.85, half of the way down to 0.89
    found = measures.robust_range(rates, [0.80, 0.85, 0.90, 0.89], "accuracy")
    assert math.log10(found.low) == pytest.approx(-1.1)
    assert math.log10(found.high) == pytest.approx(-0.5)
    assert found.decades == pytest.approx(0.6)
    assert not found.censored


def test_a_loss_may_be_five_percent_worse():
    found = measures.robust_range([0.1, 1.0, 10.0], [1.2, 1.0, 1.1], "train_loss")
    assert found.decades == pytest.approx(0.25 + 0.5)


def test_divergence_ends_a_range_at_its_neighbour():
    found = measures.robust_range([0.1, 1.0, 10.0], [0.9, 0.9, None], "accuracy")
    assert (found.low, found.high) == pytest.approx((0.1, 1.0))
    assert found.censored  # at the lower end, not at the diverged one
    inside = measures.robust_range([0.01, 0.1, 1.0, 10.0], [0.1, 0.9, 0.9, None], "accuracy")
    assert not inside.censored


def test_a_range_is_in_one_piece():
    found = measures.robust_range([0.1, 1.0, 10.0, 100.0], [0.9, 0.9, 0.1, 0.9], "accuracy")
    assert found.high < 10


def test_a_range_against_another_s_best_may_be_empty():
    assert measures.robust_range([0.1, 1.0], [None, None], "accuracy") is None


@pytest.mark.parametrize("metric", ["accuracy", "loss"])
@pytest.mark.parametrize("seed", range(3))
def test_the_expected_best_is_the_mean_over_all_subsets(metric, seed):
    values = np.random.default_rng(seed).normal(size=7).round(1).tolist()
    best = max if metric == "accuracy" else min
    brute = [
        np.mean([best(chosen) for chosen in itertools.combinations(values, k)]) for k in range(1, 8)
    ]
    assert measures.expected_best(values, metric) == pytest.approx(brute, abs=1e-12)
