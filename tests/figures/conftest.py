"""Whether a figure's texts are all on the page, legible, and none over another."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, FigureBase
from matplotlib.text import Annotation, Text

SMALLEST_FONT = 6.5


@pytest.fixture
def assert_legible() -> Callable[[Figure], None]:
    """Return a check that fails if a text is cut, covers another, or is too small to read."""

    def check(figure: Figure) -> None:
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        page = figure.bbox.padded(1)
        boxes = []
        for text in texts_of(figure):
            box = text.get_window_extent(renderer)
            said = text.get_text()
            on_page = page.containsx(box.x0) and page.containsx(box.x1)
            on_page &= page.containsy(box.y0) and page.containsy(box.y1)
            assert on_page, f"cut: {said!r} at {box}"
            assert text.get_fontsize() >= SMALLEST_FONT, f"too small: {said!r}"
            boxes.append((text, box))
        assert boxes
        # a label beside its point may touch a tick's
        fixed = [(text, box) for text, box in boxes if not isinstance(text, Annotation)]
        low = np.array([(box.x0, box.y0) for _, box in fixed])
        high = np.array([(box.x1, box.y1) for _, box in fixed])
        for i, (text, _) in enumerate(fixed):
            common = np.minimum(high[i], high[i + 1 :]) - np.maximum(low[i], low[i + 1 :])
            over = np.flatnonzero(common.min(axis=1) > 1)
            assert not over.size, (
                f"{text.get_text()!r} lies over {fixed[i + 1 + over[0]][0].get_text()!r}"
            )

    return check


def texts_of(figure: FigureBase) -> Iterator[Text]:
    """Yield every text that is drawn; matplotlib keeps spare ones besides."""
    candidates = [*figure.texts, *(t for legend in figure.legends for t in legend.get_texts())]
    for axes in figure.get_axes() if isinstance(figure, Figure) else []:
        candidates += texts_of_axes(axes)
    for part in figure.subfigs:
        candidates += texts_of(part)
    for text in candidates:
        if text.get_visible() and text.get_text().strip():
            yield text


def texts_of_axes(axes: Axes) -> Iterator[Text]:
    """Yield the texts of one panel, visible or not."""
    yield from (axes.title, axes._left_title, axes._right_title)
    yield from axes.texts
    if axes.get_legend() is not None:
        yield from axes.get_legend().get_texts()
    for table in axes.tables:
        yield from (cell.get_text() for cell in table.get_celld().values())
    if axes.axison:
        for axis in (axes.xaxis, axes.yaxis):
            yield axis.label
            yield axis.get_offset_text()
            for tick in axis._update_ticks():
                yield from (tick.label1, tick.label2)
