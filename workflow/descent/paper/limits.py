"""What the results of a study do not show, as far as its config tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from descent.data.sources import source_of
from descent.study.plan import headline_track

#: Limits that come with a kind of problem, by ``use``; docs/protocol.md has them in full.
OF_PROBLEMS = {
    "rnn": (
        "Hidden size, mini-batch and the gain of the initial recurrent weights of the recurrent "
        "network were chosen with test data, alike for all optimizers: comparisons are fair, but "
        "its accuracy is not an unbiased test accuracy."
    ),
    "attention": (
        "The attention network was designed on the validation data of all folds. Each is the test "
        "part of another fold, so its accuracy may be slightly too high."
    ),
    "quadratic_deep": (
        "The noisy quadratic is an artificial problem: it shows how noise and curvature are met, "
        "and nothing of networks."
    ),
}


def limits(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the limits of a study.

    Parameters
    ----------
    config : mapping
        The study's config.
    """
    kinds = {entry["use"] for entry in config["problems"].values()}
    if any(source_of(entry).has_folds for entry in config["datasets"].values()):
        yield (
            "Folds are shared between seeds: validation documents of a tuning seed are test "
            "documents of another seed. They chose one setting of few."
        )
    yield from (text for kind, text in OF_PROBLEMS.items() if kind in kinds)
    grids = any(entry.get("grid") for entry in config["optimizers"].values())
    if headline_track(config["tracks"]) != "searched" and not grids:
        yield (
            "In all verdicts, at most the learning rate of an optimizer is tuned. Momentum, "
            "decay rates and epsilon have the values of the config, so a rule that needs other "
            "values does worse here than it could."
        )
