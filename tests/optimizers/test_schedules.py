"""Schedules beyond what PyTorch's show: shapes, frozenness, and config entries gone wrong."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.optimizers.schedules import (
    SCHEDULES,
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseSquareRoot,
    LinearWarmup,
    Schedule,
    StepDecay,
    schedule_from_config,
)

ENTRIES = {
    "constant": {},
    "step": {"step_size": 7, "gamma": 0.5},
    "exponential": {"gamma": 0.9},
    "inverse_square_root": {"timescale": 3},
    "cosine": {"total_steps": 25, "floor": 0.1},
}


@pytest.fixture(params=sorted(ENTRIES))
def entry(request):
    return {"use": request.param, **ENTRIES[request.param]}


def test_there_is_an_entry_for_every_schedule():
    assert set(ENTRIES) == set(SCHEDULES)


def test_it_starts_at_one_never_rises_and_stays_positive(entry):
    schedule = schedule_from_config(entry)
    factors = [schedule(step) for step in range(100)]
    assert factors[0] == 1.0
    assert all(0.0 < after <= before for before, after in itertools.pairwise(factors))


def test_a_warm_up_rises_in_a_straight_line_and_then_hands_over(entry):
    plain = schedule_from_config(entry)
    warm = schedule_from_config({**entry, "warmup_steps": 10, "warmup_start_factor": 0.2})
    line = [warm(step) for step in range(11)]
    assert line[0] == pytest.approx(0.2)
    assert [b - a for a, b in itertools.pairwise(line)] == pytest.approx([0.08] * 10)
    assert [warm(10 + step) for step in range(50)] == [plain(step) for step in range(50)]


def test_it_is_frozen_equal_and_hashable(entry):
    schedule = schedule_from_config(entry)
    assert schedule == schedule_from_config(entry)
    assert hash(schedule) == hash(schedule_from_config(entry))
    for f in dataclasses.fields(schedule):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(schedule, f.name, 1)


@given(timescale=st.floats(0.1, 1e6))
def test_the_inverse_square_root_halves_after_three_timescales(timescale):
    steps = [1, 10, 1000]
    schedule = InverseSquareRoot(timescale=timescale)
    assert [schedule(step) ** -2 - 1 for step in steps] == pytest.approx(
        [step / timescale for step in steps], rel=1e-6, abs=1e-9
    )
    assert InverseSquareRoot(timescale=10.0)(30) == pytest.approx(0.5, rel=1e-15)


def test_the_cosine_stays_at_its_floor():
    schedule = CosineDecay(total_steps=10, floor=0.25)
    assert [schedule(step) for step in (10, 11, 10**6)] == [0.25] * 3


def test_classes_and_entries_are_the_same():
    assert schedule_from_config({"use": "constant"}) == Constant()
    assert schedule_from_config({"use": "step", "step_size": 3}) == StepDecay(step_size=3)
    assert schedule_from_config({"use": "exponential", "gamma": 0.5}) == ExponentialDecay(0.5)
    entry = {"use": "cosine", "total_steps": 9, "warmup_steps": 4}
    assert schedule_from_config(entry) == LinearWarmup(4, after=CosineDecay(9))


@pytest.mark.parametrize(
    ("entry", "kind", "message"),
    [
        ({}, ValueError, "must be a mapping with the key 'use', one of constant, step"),
        ("cosine", ValueError, "must be a mapping with the key 'use'.*Received: 'cosine'"),
        ({"use": "cosin"}, ValueError, "no schedule 'cosin'. Did you mean 'cosine'?"),
        ({"use": 3}, ValueError, "no schedule 3. Valid: constant"),
        ({"use": "cosine"}, ValueError, "schedule cosine needs total_steps"),
        (
            {"use": "cosine", "total_step": 9},
            ValueError,
            "no key 'total_step'. Did you mean 'total_steps'?",
        ),
        (
            {"use": "constant", "warmup": 9},
            ValueError,
            "no key 'warmup'. Did you mean 'warmup_steps'?",
        ),
        ({"use": "constant", "warmup_start_factor": 0.5}, ValueError, "needs warmup_steps"),
        ({"use": "constant", "warmup_steps": 0}, ValueError, r"steps must be in \[1, inf\)"),
        ({"use": "step", "step_size": 2.5}, ValueError, "step_size must be a whole number"),
        ({"use": "step", "step_size": 2, "gamma": 1.5}, ValueError, r"gamma must be in \(0, 1\]"),
        ({"use": "exponential", "gamma": "0.9"}, TypeError, "gamma must be a number"),
    ],
)
def test_a_wrong_entry_is_answered_with_what_is_right(entry, kind, message):
    with pytest.raises(kind, match=message):
        schedule_from_config(entry)


def test_a_schedule_of_ones_own_needs_one_method():
    class Halving(Schedule):
        def __call__(self, step):
            return 0.5**step

    assert LinearWarmup(2, after=Halving(), start_factor=0.5)(4) == 0.25
