"""Stand-ins must be as large as what they stand for, and cost as much to step through."""

import numpy as np
import pytest

from descent.data.prepare import SOURCES, files_needed, prepare
from descent.data.stand_ins import stand_in

PUBLISHED = [
    {"use": "mnist"},
    {"use": "reviews"},
    {"use": "reviews", "max_features": 700, "stop_words": None},
]


def test_every_published_dataset_has_a_stand_in():
    published = {use for use, source in SOURCES.items() if source.files}
    assert {entry["use"] for entry in PUBLISHED} == published
    for use in published:
        assert stand_in({"use": use}) is not None


@pytest.mark.data
@pytest.mark.parametrize("settings", PUBLISHED, ids=str)
def test_a_stand_in_has_the_shapes_of_the_published_data(settings, published):
    assert files_needed(settings)
    assert_alike(stand_in(settings), prepare(settings, published, base_folder=published))


@pytest.mark.parametrize("options", [{}, {"test": 0.4, "validation": 0.1}])
def test_a_stand_in_has_the_shapes_of_the_digits(options):
    settings = {"use": "digits", **options}
    stand, real = stand_in(settings), prepare(settings, None, base_folder=None)
    assert_alike(stand, real)
    assert stand.about["image_shape"] == real.about["image_shape"]
    for split in ("train", "validation", "test"):
        assert len(stand[f"{split}_labels"]) == len(real[f"{split}_labels"])


def assert_alike(stand, real):
    assert stand.about["kind"] == real.about["kind"]
    assert stand.about["classes"] == real.about["classes"]
    assert set(stand.arrays) == set(real.arrays)
    for name, array in real.arrays.items():
        other = stand[name]
        if array.dtype.kind != "U":
            assert other.dtype == array.dtype, name
        assert other.shape == pytest.approx(array.shape, rel=0.25), name


@pytest.mark.data
def test_stand_ins_for_images_are_as_blank_as_they(published):
    real = prepare({"use": "mnist"}, published, base_folder=published)
    stand = stand_in({"use": "mnist"})
    for data in (real, stand):
        rng = np.random.default_rng(0)
        batches = rng.choice(data["train_extents"], (1000, 128)).max(axis=1)
        ink = (data["train_inputs"][:1000] > 0).mean()
        if data is real:
            expected = batches.mean(), ink
    assert batches.mean() == pytest.approx(expected[0], rel=0.1)
    assert ink == pytest.approx(expected[1], rel=0.15)


def test_generated_data_stand_for_themselves():
    found = stand_in({"use": "generated_reviews", "seed": 3, "reviews": 40})
    assert (
        found.about["source"]
        == prepare(
            {"use": "generated_reviews", "seed": 3, "reviews": 40}, None, base_folder=None
        ).about["source"]
    )
    assert len(found["labels"]) == 40
