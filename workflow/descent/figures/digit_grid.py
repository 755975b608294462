"""Rows of images of digits, each under its predicted and its true label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.figure import SubFigure

from descent.arrays import IntArray
from descent.data.dataset import Dataset
from descent.data.labelled_vectors import in_source_order, names_of_classes
from descent.figures.style import BAD, GOOD, shortened

#: Characters that stand beside each other over one image, and on a line of their own.
_TOGETHER, _ALONE = 4, 11


def draw_digits(
    figure: SubFigure,
    data: Dataset,
    predicted: IntArray,
    rows: Sequence[Iterable[int]],
    columns: int,
) -> None:
    """Draw rows of test images under "predicted / true", mistakes in another colour.

    Names of classes that are long stand in two lines, the predicted one above, and are shortened.

    Parameters
    ----------
    figure : SubFigure
        Where; nothing else is in it but a title.
    data : Dataset
        Test images of shape ``about["image_shape"]``.
    predicted : ndarray of int, shape (n,)
        The predicted label of every test image.
    rows : sequence of iterable of int
        The images of each row.
    columns : int
        Images side by side; a row that has fewer leaves the rest empty.
    """
    shape = tuple(data.about["image_shape"])
    names = names_of_classes(data)
    in_two_lines = max(map(len, names)) > _TOGETHER
    between, size = ("\n", 6.5) if in_two_lines else (" / ", 8)
    names = [shortened(name, _ALONE if in_two_lines else _TOGETHER) for name in names]
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for line, row in zip(grid, rows, strict=True):
        for axes, i in zip(line, row, strict=False):
            image = in_source_order(data, data["test_inputs"][i])
            axes.imshow(np.reshape(image, shape), cmap="gray_r")
            label = int(data["test_labels"][i])
            axes.set_title(
                f"{names[predicted[i]]}{between}{names[label]}",
                loc="center", fontsize=size, fontweight="normal", pad=2,
                color=GOOD if predicted[i] == label else BAD,
            )  # fmt: skip
