"""Hyper-parameters out of range, of the wrong kind, or of a kind that must be converted."""

import dataclasses

import numpy as np
import pytest

from descent.optimizers import OPTIMIZERS, SGD, Adam, RMSprop
from descent.optimizers.hyperparameters import check_number, hyperparameter

NUMBERS = [
    (rule, f)
    for rule in OPTIMIZERS.values()
    for f in dataclasses.fields(rule)
    if "interval" in f.metadata
]


@pytest.mark.parametrize(("rule", "f"), NUMBERS, ids=lambda x: getattr(x, "name", None))
def test_each_refuses_what_is_out_of_range(rule, f):
    with pytest.raises(ValueError, match=rf"^{f.name} must be in .*Received: -1.0$"):
        rule(**{f.name: -1})
    with pytest.raises(ValueError, match=rf"^{f.name} must be in .*Received: nan$"):
        rule(**{f.name: float("nan")})
    if not f.metadata["interval"].endswith("]"):
        with pytest.raises(ValueError, match=rf"^{f.name} must be in .*Received: inf$"):
            rule(**{f.name: float("inf")})


@pytest.mark.parametrize("value", ["0.9", True, None, [0.9], 1j])
def test_a_number_must_be_a_number(value):
    with pytest.raises(TypeError, match="beta1 must be a number in"):
        Adam(beta1=value)


def test_the_bounds_of_an_interval():
    assert Adam(beta1=0).beta1 == 0.0
    with pytest.raises(ValueError, match=r"beta1 must be in \[0, 1\). Received: 1.0"):
        Adam(beta1=1)
    assert check_number("x", 1, "[0, 1]") == 1.0
    with pytest.raises(ValueError, match=r"x must be in \(0, 1\]. Received: 0.0"):
        check_number("x", 0, "(0, 1]")


def test_what_yaml_reads_as_text_is_explained():
    with pytest.raises(TypeError, match=r"Received: '1e-3'; YAML reads it as text, write 1.0e-3"):
        SGD(learning_rate="1e-3")


def test_numpy_scalars_become_python_floats():
    rule = Adam(beta2=np.float32(0.5), learning_rate=np.int64(1), clip_norm=np.float64(2.0))
    assert [type(x) for x in (rule.beta2, rule.learning_rate, rule.clip_norm)] == [float] * 3


def test_a_switch_must_be_a_switch():
    with pytest.raises(TypeError, match=r"centered must be True or False. Received: 1"):
        RMSprop(centered=1)


def test_a_schedule_must_be_a_schedule():
    with pytest.raises(TypeError, match=r"schedule must be a Schedule. Received: 'cosine'"):
        SGD(schedule="cosine")


def test_whole_numbers():
    assert check_number("steps", 3.0, "[1, inf)", whole=True) == 3
    assert type(check_number("steps", np.int64(3), "[1, inf)", whole=True)) is int
    with pytest.raises(ValueError, match=r"steps must be a whole number in .*Received: 3.5"):
        check_number("steps", 3.5, "[1, inf)", whole=True)


@dataclasses.dataclass
class Counts(SGD):
    rank: int = hyperparameter(8, "[1, inf)")
    factors: "int" = hyperparameter(8.0, "[1, inf)")  # noqa: RUF009 - an annotation in quotes
    most: int | None = hyperparameter(None, "[1, inf)")
    share: float = hyperparameter(1, "[0, 1]")


def test_the_annotation_decides_what_a_number_becomes():
    made = Counts(most=3.0)
    kinds = [type(x) for x in (made.rank, made.factors, made.most, made.share)]
    assert kinds == [int, int, int, float]
    with pytest.raises(ValueError, match="rank must be a whole number"):
        Counts(rank=2.5)


def test_an_interval_must_be_readable():
    with pytest.raises(ValueError, match="must look like"):
        check_number("x", 1.0, "0 to 1")
