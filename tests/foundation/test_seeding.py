"""Streams of random numbers: keyed, independent, counter-based."""

import itertools

import pytest

from descent.foundation.seeding import STREAMS, generator


def draw(*key):
    return generator(*key).integers(2**63, size=4).tolist()


def test_the_same_key_gives_the_same_numbers():
    assert draw("mnist_mlp", 0, "batch_order", 3) == draw("mnist_mlp", 0, "batch_order", 3)


def test_every_part_of_the_key_counts():
    problems, seeds, epochs = ("a", "b"), (0, 1, 2**40), (0, 1)
    keys = list(itertools.product(problems, seeds, STREAMS, epochs))
    assert len({tuple(draw(*key)) for key in keys}) == len(keys)


def test_negative_seeds_and_unknown_streams_are_refused():
    with pytest.raises(ValueError, match=r"seed and epoch must be >= 0\. Received: seed=-1"):
        generator("a", -1, "batch_order")
    with pytest.raises(KeyError, match="no_such_stream"):
        generator("a", 0, "no_such_stream")
