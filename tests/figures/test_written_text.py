"""What a language model writes before and after its training, and the figure of a ladder of it."""

from __future__ import annotations

import pytest
from trained_study import train

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import ladders, written_text

CONFIG = {
    "study": "texts",
    "seeds": {"tuning": [0], "evaluation": [10, 11]},
    "tracks": ["default"],
    "datasets": {"texts": {"use": "generated_reviews", "reviews": 20, "unit": "character"}},
    "problems": {
        "model": {
            "use": "language_model",
            "dataset": "texts",
            "width": [4, 8],
            "context": 8,
            "steps": 30,
            "epochs": 1,
        },
    },
    "optimizers": {"adam": {"use": "adam", "learning_rate": 0.03}, "sgd": {"use": "sgd"}},
    "figures": {"formats": ["png"]},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("texts"))
        trained = train(CONFIG)
        yield StudyTables(trained.folder.absolute() / "study.json")


def test_the_loss_that_is_told_is_that_of_the_leaderboards_run(study, assert_legible) -> None:
    drawing = written_text.draw(study, "model-width-8")
    assert_legible(drawing.figure)
    runs = study.of("runs", problem="model-width-8", optimizer="adam", seed=10)
    loss = float(runs["final_test_metric"].iloc[0])
    assert f"test loss {loss:.3f} nats, or {loss / 0.693147:.3f} bits, a char" in drawing.caption
    before, after = (axes.texts[0].get_text().replace("\n", "") for axes in drawing.figure.axes)
    assert len(before) > 100  # some blanks are where lines end
    assert after.count(" ") > 2 * before.count(" ")  # it has learned that words end
    again = written_text.draw(study, "model-width-8").figure.axes[1].texts[0].get_text()
    assert again.replace("\n", "") == after


def test_a_problem_without_texts_is_refused(study) -> None:
    with pytest.raises(ValueError, match="must be a language model: model-width-4, model-width-8"):
        written_text.draw(study, "valley")


def test_a_ladder_is_drawn_with_the_means_of_the_leaderboard(study, assert_legible) -> None:
    drawing = ladders.draw(study)
    assert_legible(drawing.figure)
    (axes,) = drawing.figure.axes
    assert axes.get_title(loc="left") == "Generated reviews, language model"
    assert axes.get_xlabel() == "width"
    for line, name in zip(axes.lines, ("adam", "sgd"), strict=True):
        assert line.get_xdata().tolist() == [4, 8]
        means = [
            study.of("leaderboard", problem=f"model-width-{w}", optimizer=name)["mean"].iloc[0]
            for w in (4, 8)
        ]
        assert line.get_ydata().tolist() == pytest.approx(means)
    assert "Generated reviews, language model, by width: at 4" in drawing.caption
