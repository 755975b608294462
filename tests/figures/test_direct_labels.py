"""Names beside the ends of curves."""

import itertools

import numpy as np
import pytest

from descent.figures.direct_labels import NAME, label_ends
from descent.figures.style import new_figure


def places(ends):
    axes = new_figure().subplots()
    axes.set(yscale="log", xlim=(0, 5), ylim=(0.01, 10))
    label_ends(axes, {name: (5.0, y, "black") for name, y in ends.items()})
    return {text.get_text(): text.get_position()[1] for text in axes.texts}


def test_names_stand_at_the_ends_of_their_curves_where_there_is_room():
    assert places({"low": 0.01, "middle": 10**-0.5, "high": 10.0}) == pytest.approx(
        {"low": 0.0, "middle": 0.5, "high": 1.0}
    )


@pytest.mark.parametrize("at", [0.01, 0.3, 10.0])
def test_names_of_curves_that_end_together_are_a_name_apart_and_in_the_panel(at):
    ends = {f"rule {i}": at * 1.01 ** (i - 6) for i in range(13)}
    found = places(ends)
    heights = [found[name] for name in ends]
    assert min(b - a for a, b in itertools.pairwise(heights)) == pytest.approx(NAME)
    assert min(heights) >= -1e-12
    assert max(heights) <= 1 + 1e-12
    middle = np.clip(np.log10(at / 0.01) / 3, 6 * NAME, 1 - 6 * NAME)
    assert np.mean(heights) == pytest.approx(middle, abs=0.01)
