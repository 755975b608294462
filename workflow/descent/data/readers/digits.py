"""scikit-learn's digits: 1,797 images of 8 x 8, installed with the package, no download."""

from __future__ import annotations

import numpy as np

from descent.data.dataset import Dataset
from descent.data.labelled_vectors import dense_dataset, stratified_parts
from descent.data.source import Source


def prepare_digits(*, validation: float = 0.15, test: float = 0.2, seed: int = 0) -> Dataset:
    """Split and scale the digits.

    Parameters
    ----------
    validation, test : float, default 0.15 and 0.2
        Fractions of the images, range ``(0, 1)``.
    seed : int, default 0
        Seed of the split, which keeps the proportions of the classes.

    Returns
    -------
    Dataset
        Dense data, see :mod:`descent.data.labelled_vectors`: p = 64 pixels, divided by 16, the
        largest of the training part.
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415  # costly to import

    digits = load_digits()
    inputs = digits.data.astype(np.uint8)  # whole numbers from 0 to 16
    groups = {"train": (inputs, digits.target)}
    return dense_dataset(
        stratified_parts(groups, validation=validation, test=test, seed=seed),
        classes=len(digits.target_names),
        standardize="scale",
        about={"image_shape": [8, 8], "source": "scikit-learn's digits", "sha256": {}},
    )


SOURCE = Source(prepare_digits, title="Digits")
