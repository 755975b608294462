import itertools
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from descent.figures import style

# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def cielab(colour: str, vision: str) -> np.ndarray:
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(VISION[vision] @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = xyz @ linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_the_study_s_main_optimizers_differ_in_colour_for_every_reader(vision):
    names = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"]
    for a, b in itertools.combinations(names, 2):
        difference = cielab(style.LOOKS[a].colour, vision) - cielab(style.LOOKS[b].colour, vision)
        assert np.linalg.norm(difference) > 15, (a, b)


@pytest.mark.parametrize("name", style.LOOKS)
def test_every_colour_stands_out_from_white(name):
    assert cielab(style.LOOKS[name].colour, "normal")[0] < 75


def test_no_two_looks_share_a_colour_or_a_marker():
    looks = [*style.LOOKS.values(), *style.palette(f"mine {i}" for i in range(8)).values()]
    assert len({look.colour for look in looks}) == len(looks)
    assert len({look.marker for look in looks}) == len(looks)


def test_no_two_of_many_entrants_look_alike():
    looks = style.palette(f"mine {i}" for i in range(100)).values()
    assert len({look.marker for look in looks}) == 100
    first = list(looks)[:32]
    assert len({(look.colour, look.line_style) for look in first}) == 32


@pytest.mark.parametrize("length", [50, 100])
def test_a_figure_whose_texts_leave_no_room_is_refused(tmp_path, length):
    figure = style.new_figure(style.COLUMN_WIDTH, 2.4)
    axes = figure.subplots()
    axes.barh(["n" * length, "b"], [1, 2])
    with pytest.raises(ValueError, match=r"x cannot be laid out: .* Give problems and optimizers"):
        style.save_figure(figure, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_an_entrant_keeps_its_look_whatever_built_in_rules_stand_around_it():
    with_others = style.palette(["adam", "mine", "sgd", "yours"])
    alone = style.palette(["mine", "yours"])
    assert with_others["mine"] == alone["mine"] == style.palette(["adam", "mine"])["mine"]
    assert with_others["yours"] == style.palette(["mine", "yours"])["yours"]
    assert with_others["mine"] != with_others["yours"]
    assert with_others["adam"] == style.LOOKS["adam"]


def drawing() -> Figure:
    figure = style.new_figure()
    ax = figure.subplots()
    ax.plot([0, 1, 2], [1, 0, 3], label="$x^2$", clip_on=True)
    ax.fill_between([0, 1], [0, 1], hatch="//")
    ax.legend()
    return figure


def test_the_same_bytes_again_with_another_clock_and_another_matplotlibrc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = style.save_figure(drawing(), tmp_path / "a" / "lr_0.1")
    monkeypatch.setitem(mpl.rcParams, "font.size", 20)
    monkeypatch.setitem(mpl.rcParams, "svg.hashsalt", "other")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    second = style.save_figure(drawing(), tmp_path / "b" / "lr_0.1")
    assert [f.name for f in first] == ["lr_0.1.pdf", "lr_0.1.svg", "lr_0.1.png"]
    for a, b in zip(first, second, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.suffix
    style.apply_style()


def test_each_file_is_drawn_once_in_a_layout_that_stays(monkeypatch, tmp_path: Path):
    figure, draw, drawn = drawing(), Figure.draw, []
    monkeypatch.setattr(Figure, "draw", lambda self, to: (drawn.append(self), draw(self, to)))
    # Whatever a notebook has set since the figure was made.
    with mpl.rc_context({"figure.constrained_layout.use": True, "figure.autolayout": True}):
        style.save_figure(figure, tmp_path / "f")
    assert drawn == [figure] * len(style.FORMATS)


def test_no_temporary_file_is_left(tmp_path: Path):
    style.save_figure(drawing(), tmp_path / "f", ["png"])
    assert [f.name for f in tmp_path.iterdir()] == ["f.png"]


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path):
    with pytest.raises(ValueError, match="Received: 'gif'"):
        style.save_figure(drawing(), tmp_path / "f", ["png", "gif"])
    assert not list(tmp_path.iterdir())
