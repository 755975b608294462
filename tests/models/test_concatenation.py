from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from descent.models.concatenation import Concatenation


@given(st.lists(st.integers(1, 12), min_size=1, max_size=9))
def test_the_rows_of_a_sequence_are_one_slice_and_its_steps_are_in_order(lengths):
    sequences = Concatenation(np.array(lengths, np.int32))
    assert len(sequences.members) == len(sequences.steps) == sum(lengths)
    expected_start = 0
    for i, (length, rows) in enumerate(zip(lengths, sequences.slices, strict=True)):
        assert rows.start == sequences.starts[i] == expected_start
        assert sequences.order[sequences.members[rows]].tolist() == [i] * length
        assert sequences.steps[rows].tolist() == list(range(length))
        expected_start = rows.stop
