from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from descent.models.packing import Packing

lengths_of_sequences = st.lists(st.integers(1, 12), min_size=1, max_size=9)


@given(lengths_of_sequences)
def test_every_step_of_every_sequence_has_one_row(lengths):
    packing = Packing(np.array(lengths))
    rows = set(zip(packing.order[packing.members].tolist(), packing.steps.tolist(), strict=True))
    assert len(packing.steps) == sum(lengths)
    assert rows == {(i, t) for i, length in enumerate(lengths) for t in range(length)}


@given(lengths_of_sequences)
def test_a_step_is_one_block_and_its_sequences_are_the_first_of_the_step_before(lengths):
    packing = Packing(np.array(lengths))
    assert len(packing.blocks) == max(lengths)
    expected_start = 0
    for t, block in enumerate(packing.blocks):
        assert block.start == expected_start
        assert packing.steps[block].tolist() == [t] * (block.stop - block.start)
        assert packing.members[block].tolist() == list(range(block.stop - block.start))
        expected_start = block.stop
    assert expected_start == sum(lengths)


@given(lengths_of_sequences)
def test_last_and_previous_rows_belong_to_the_same_sequence(lengths):
    packing = Packing(np.array(lengths))
    batch = len(lengths)
    np.testing.assert_array_equal(packing.members[packing.last], np.arange(batch))
    np.testing.assert_array_equal(packing.steps[packing.last] + 1, np.array(lengths)[packing.order])
    np.testing.assert_array_equal(packing.members[packing.previous], packing.members[batch:])
    np.testing.assert_array_equal(packing.steps[packing.previous], packing.steps[batch:] - 1)


def test_sequences_of_equal_length_keep_their_order():
    assert Packing(np.array([2, 3, 2, 3, 1])).order.tolist() == [1, 3, 0, 2, 4]
