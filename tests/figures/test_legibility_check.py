"""The check that the figures' tests rely on sees the faults it is there for."""

import pytest

from descent.figures.style import new_figure


def test_a_clean_figure_passes(assert_legible):
    figure = new_figure()
    figure.subplots().set(title="Title", xlabel="x", ylabel="y")
    assert_legible(figure)


def test_a_text_beyond_the_edge_is_seen(assert_legible):
    figure = new_figure()
    figure.subplots().set_title("A title that is much too long for a column of a journal, by far")
    with pytest.raises(AssertionError, match="cut: 'A title"):
        assert_legible(figure)


def test_a_text_over_another_is_seen(assert_legible):
    figure = new_figure()
    ax = figure.subplots()
    ax.text(0.5, 0.5, "one")
    ax.text(0.52, 0.51, "two")
    with pytest.raises(AssertionError, match="'one' lies over 'two'"):
        assert_legible(figure)


def test_a_small_text_is_seen(assert_legible):
    figure = new_figure()
    figure.subplots().set_title("tiny", fontsize=4)
    with pytest.raises(AssertionError, match="too small: 'tiny'"):
        assert_legible(figure)
