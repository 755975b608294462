"""Test digits with their labels, by a network that is trained in a moment."""

import re
import struct

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from trained_study import train

from descent.analysis.tables.study_tables import StudyTables
from descent.data.labelled_vectors import PARTS, dense_dataset
from descent.data.readers.idx import prepare_idx
from descent.figures import predicted_digits, style
from descent.figures.digit_grid import draw_digits

CONFIG = {
    "study": "digits",
    "seeds": {"tuning": [0], "evaluation": [10, 11]},
    "tracks": ["default"],
    "datasets": {"images": {"use": "digits"}},
    "problems": {
        "net": {"use": "mlp", "dataset": "images", "hidden": [16], "mini_batch": 64, "epochs": 2},
        "valley": {"use": "rosenbrock", "epochs": 3},
    },
    "optimizers": {"adam": {"use": "adam", "learning_rate": 0.005}, "sgd": {"use": "sgd"}},
    "figures": {"formats": ["png"]},
}
NAMES = ["T-shirt/top", "Trouser", "Ankle boot for the left foot", *"GHIJKLM"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("digits"))
        trained = train(CONFIG)
        yield StudyTables(trained.folder.absolute() / "study.json")


def test_the_labels_are_those_of_the_run_in_the_leaderboard(study, assert_legible):
    drawing = predicted_digits.draw(study, "net")
    assert_legible(drawing.figure)
    runs = study.of("runs", problem="net", optimizer="adam", seed=10)
    right = float(runs["final_test_metric"].iloc[0])
    assert 0.2 < right < 1
    (told,) = re.findall(r"(\d+) of (\d+) test images are misclassified", drawing.caption)
    wrong, images = map(int, told)
    assert wrong == round(images * (1 - right))
    assert "Adam (first of the leaderboard, track default) on seed 10" in drawing.caption


def test_mistakes_have_another_colour_and_are_mistakes(study):
    figure = predicted_digits.draw(study, "net").figure
    above, below = (
        [axes.title for axes in part.axes if axes.title.get_text()] for part in figure.subfigs
    )
    assert [title.get_text().split(" / ")[1] for title in above] == [str(c) for c in range(10)]
    assert below
    for title in [*above, *below]:
        predicted, true = title.get_text().split(" / ")
        assert title.get_color() == (style.GOOD if predicted == true else style.BAD)
    assert all(title.get_color() == style.BAD for title in below)


def test_a_class_is_shown_by_its_name():
    parts = {part: (np.ones((30, 64)), np.arange(30) % 10) for part in PARTS}
    about = {"image_shape": [8, 8], "class_names": NAMES}
    data = dense_dataset(parts, classes=10, standardize="none", about=about)
    figure = Figure()
    draw_digits(figure.subfigures(), data, np.arange(30) % 10, [range(5), range(5, 10)], columns=5)
    titles = [axes.title.get_text() for axes in figure.subfigs[0].axes]
    shown = ["T-shirt/top", "Trouser", "Ankle… foot", *"GHIJKLM"]
    assert [title.split("\n")[1] for title in titles] == shown


def test_the_pixels_stand_where_they_stood_in_the_source():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 2, (30, 64), dtype=np.uint8) * rng.integers(1, 256, (30, 64))
    parts = {part: (pixels, np.arange(30) % 10) for part in PARTS}
    data = dense_dataset(parts, classes=10, standardize="scale", about={"image_shape": [8, 8]})
    assert data["columns"].tolist() != list(range(64))
    figure = Figure()
    draw_digits(figure.subfigures(), data, np.arange(30) % 10, [[4, 7]], columns=2)
    drawn = [axes.images[0].get_array() for axes in figure.subfigs[0].axes]
    for image, i in zip(drawn, (4, 7), strict=True):
        np.testing.assert_allclose(image.reshape(64), pixels[i] / 255, rtol=1e-6)


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("kind", ["grey", "colours"])
def test_own_images_are_drawn_upright_and_in_their_colours(kind, transpose, tmp_path):
    upright = np.random.default_rng(0).integers(0, 256, (60, 4, 5, 3), dtype=np.uint8)
    upright = upright[..., 0] if kind == "grey" else upright
    stored = upright.swapaxes(1, 2) if transpose else upright
    for name, array in (("images", stored), ("labels", np.arange(60, dtype=np.uint8) % 3)):
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        (tmp_path / name).write_bytes(header + array.tobytes())
    files = [tmp_path / "images", tmp_path / "labels"] * 2
    data = prepare_idx(*files, transpose=transpose)
    figure = Figure()
    draw_digits(figure.subfigures(), data, np.arange(60) % 3, [[4, 7]], columns=2)
    drawn = [axes.images[0] for axes in figure.subfigs[0].axes]
    for image, i in zip(drawn, (4, 7), strict=True):
        np.testing.assert_array_equal(image.get_array(), upright[i])
    FigureCanvasAgg(figure).draw()


def test_the_command_writes_the_same_bytes_twice(study, tmp_path):
    for stem in ("a", "b"):
        arguments = [str(study.path), "--problem", "net", "--output", str(tmp_path / stem)]
        assert predicted_digits.main(arguments) == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.txt").read_text() == (tmp_path / "b.txt").read_text()


def test_a_problem_without_images_is_refused(study, tmp_path, capsys):
    arguments = [str(study.path), "--problem", "valley", "--output", str(tmp_path / "x")]
    assert predicted_digits.main(arguments) == 1
    assert "must be a network on images: net. Received: 'valley'" in capsys.readouterr().err
