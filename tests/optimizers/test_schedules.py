"""Schedules beyond what PyTorch's show: shapes, frozenness, and config entries gone wrong."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.optimizers.schedule_loading import load_schedule
from descent.optimizers.schedules import (
    SCHEDULES,
    CosineDecay,
    InverseSquareRoot,
    LinearDecay,
    LinearWarmup,
    Schedule,
    StableDecay,
)

ENTRIES = {
    "constant": {},
    "step": {"step_size": 7, "gamma": 0.5},
    "exponential": {"gamma": 0.9},
    "multistep": {"total_steps": 20, "milestones": [0.25, 0.5]},
    "linear": {"total_steps": 25, "floor": 0.1},
    "stable_decay": {"total_steps": 25, "decay_fraction": 0.4, "floor": 0.1},
    "one_cycle": {"total_steps": 25},
    "inverse_square_root": {"timescale": 3},
    "cosine": {"total_steps": 25, "floor": 0.1},
}


@pytest.fixture(params=sorted(ENTRIES))
def entry(request):
    return {"use": request.param, **ENTRIES[request.param]}


def test_there_is_an_entry_for_every_schedule():
    assert set(ENTRIES) == set(SCHEDULES)


def test_it_starts_at_one_never_rises_and_stays_positive(entry):
    if entry["use"] == "one_cycle":
        pytest.skip("it rises first")
    schedule = load_schedule(entry, Path())
    factors = [schedule(step) for step in range(100)]
    assert factors[0] == 1.0
    assert all(0.0 < after <= before for before, after in itertools.pairwise(factors))


def test_a_warm_up_rises_in_a_straight_line_and_then_hands_over(entry):
    plain = load_schedule(entry, Path())
    warm = load_schedule({**entry, "warmup_steps": 10, "warmup_start_factor": 0.2}, Path())
    line = [warm(step) for step in range(10)]
    assert line[0] == pytest.approx(0.2)
    assert [b - a for a, b in itertools.pairwise(line)] == pytest.approx([0.08] * 9)
    assert [warm(10 + step) for step in range(50)] == [plain(step) for step in range(50)]


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


@pytest.mark.parametrize(
    ("entry", "kind", "message"),
    [
        ({}, ValueError, "must be a mapping with the key 'use', one of constant, step"),
        ("cosine", ValueError, "must be a mapping with the key 'use'.*Received: 'cosine'"),
        ({"use": "cosin"}, ValueError, "no schedule 'cosin'. Did you mean 'cosine'?"),
        ({"use": 3}, ValueError, "no schedule 3. Valid: constant"),
        ({"use": "step"}, ValueError, "schedule step needs step_size"),
        ({"use": "constant", "warmup_fraction": 1}, ValueError, r"fraction must be in \(0, 1\)"),
        (
            {"use": "constant", "warmup_fraction": 0.1, "warmup_steps": 3},
            ValueError,
            "either its steps or its fraction of the run. Received: 3 and 0.1",
        ),
        ({"use": "multistep", "milestones": [0.5, 0.2]}, ValueError, "milestones must increase"),
        ({"use": "multistep", "milestones": [30]}, ValueError, r"milestones must be in \(0, 1\)"),
        ({"use": "multistep", "milestones": 0.5}, TypeError, "milestones must be a list"),
        ({"use": "absent.py:Mine"}, ValueError, "there is no file"),
        ({"use": "json:JSONEncoder"}, ValueError, "must be a dataclass derived from"),
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
        load_schedule(entry, Path())


def test_a_schedule_of_ones_own_needs_one_method():
    class Halving(Schedule):
        def __call__(self, step):
            return 0.5**step

    assert LinearWarmup(2, after=Halving(), start_factor=0.5)(4) == 0.25


OVER_THE_RUN = [name for name, cls in SCHEDULES.items() if hasattr(cls, "progress")]


@pytest.mark.parametrize("name", OVER_THE_RUN)
def test_the_length_of_the_run_is_the_default_of_total_steps(name):
    entry = {key: v for key, v in ENTRIES[name].items() if key != "total_steps"}
    untold = load_schedule({"use": name, **entry}, Path())
    told = load_schedule({"use": name, **entry, "total_steps": 40}, Path())
    assert untold.over(40) == told
    assert told.over(99) is told
    with pytest.raises(ValueError, match="where the length of the run is not known"):
        untold.over(None)
    with pytest.raises(ValueError, match="needs total_steps"):
        untold(0)


def test_a_warm_up_may_be_a_part_of_the_run_and_leaves_the_rest_to_what_follows():
    entry = {"use": "linear", "warmup_fraction": 0.25, "warmup_start_factor": 0.0}
    schedule = load_schedule(entry, Path()).over(40)
    assert schedule == LinearWarmup(10, after=LinearDecay(30), start_factor=0.0)
    assert [schedule(step) for step in (0, 5, 10, 25, 40)] == pytest.approx([0, 0.5, 1, 0.5, 0])
    with pytest.raises(ValueError, match="needs the length of the run"):
        load_schedule(entry, Path()).over(None)


def test_a_class_of_the_users_own_is_named_by_its_file(tmp_path):
    (tmp_path / "stairs.py").write_text(
        "from dataclasses import dataclass\n"
        "from descent.optimizers.schedules import Schedule\n"
        "@dataclass(frozen=True)\n"
        "class Stairs(Schedule):\n"
        "    width: int = 3\n"
        "    def __call__(self, step):\n"
        "        return 0.5 ** (step // self.width)\n"
    )
    schedule = load_schedule({"use": "stairs.py:Stairs", "width": 2, "warmup_steps": 1}, tmp_path)
    assert [schedule(step) for step in range(1, 6)] == [1, 1, 0.5, 0.5, 0.25]
    with pytest.raises(ValueError, match=r"no key 'widht'\. Did you mean 'width'"):
        load_schedule({"use": "stairs.py:Stairs", "widht": 2}, tmp_path)


def test_stable_decay_is_one_until_its_last_part():
    schedule = StableDecay(total_steps=100, decay_fraction=0.2)
    assert [schedule(step) for step in (0, 80, 90, 100)] == pytest.approx([1, 1, 0.5, 0])
