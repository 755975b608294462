"""How a study was set up: problems, optimizers and tracks, from its config."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from descent.analysis.tables.display import Align, ShownTable, of_texts
from descent.analysis.tables.formatting import schedule_words

NONE = "-"
_TRACKS = {
    "tuned": "the learning rate chosen on a grid",
    "default": "each rule's own default learning rate",
    "searched": "the setting chosen by random search",
}
#: Keys of an entry that have a column of their own, or that only control evaluation.
_OF_PROBLEM = (
    "use",
    "title",
    "dataset",
    "epochs",
    "evaluations_per_epoch",
    "target",
    "learning_rates",
)
_OF_OPTIMIZER = ("use", "title", "learning_rates", "search_space")


def tracks(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the tracks of the study, and how each finds a setting."""
    return [(track, _TRACKS[track]) for track in config["tracks"]]


def problems(config: Mapping[str, Any]) -> ShownTable:
    """Return the problems: kind, data, budget, target and whatever else the config sets."""
    columns: dict[str, Align] = {
        **dict.fromkeys(("problem", "config entry", "kind"), "left"),
        "data": "wide",
        **dict.fromkeys(("epochs", "target"), "left"),
        "settings": "wide",
    }
    rows = [
        (
            entry["title"],
            name,
            entry["use"],
            _data(config, entry.get("dataset")),
            f"{entry['epochs']:g}",
            _target(entry.get("target")),
            _settings(entry, _OF_PROBLEM),
        )
        for name, entry in config["problems"].items()
    ]
    return of_texts(columns, rows)


def optimizers(
    config: Mapping[str, Any], references: Mapping[str, str] | None = None
) -> ShownTable:
    """Return the optimizers: rule, hyper-parameters, and which learning rates were tried.

    Parameters
    ----------
    config : mapping
        The study's config. With random search, the ranges of hyper-parameters have a column too.
    references : mapping of str to str, optional
        The reference of each optimizer, in a column of its own.
    """
    searched = "searched" in config["tracks"]
    columns: dict[str, Align] = {
        **dict.fromkeys(("optimizer", "config entry", "rule"), "left"),
        "settings": "wide",
        "learning rates tried": "left",
        **({"searched": "wide"} if searched else {}),
        **({"reference": "left"} if references else {}),
    }
    rows = [
        (
            entry["title"],
            name,
            entry["use"],
            _settings(entry, _OF_OPTIMIZER),
            _rates(config, name),
            *([_ranges(entry.get("search_space", {}))] if searched else []),
            *([references[name]] if references else []),
        )
        for name, entry in config["optimizers"].items()
    ]
    return of_texts(columns, rows, optimizers=list(config["optimizers"]))


def _data(config: Mapping[str, Any], dataset: str | None) -> str:
    if dataset is None:
        return NONE
    entry = config["datasets"][dataset]
    settings = _settings(entry, ("use",))
    source = entry["use"] if settings == NONE else f"{entry['use']}: {settings}"
    return source if dataset == entry["use"] else f"{dataset} ({source})"


def _target(target: Mapping[str, Any] | None) -> str:
    return f"{target['metric'].replace('_', ' ')} {target['value']:g}" if target else NONE


def _settings(entry: Mapping[str, Any], apart: Iterable[str]) -> str:
    named = {key: _value(key, value) for key, value in entry.items() if key not in apart}
    return ", ".join(f"{key} {value}" for key, value in named.items()) or NONE


def _value(key: str, value: Any) -> str:
    if key == "schedule":
        return f"({schedule_words(value)})"
    return value if isinstance(value, str) else json.dumps(value)


def _ranges(space: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(f"{name} {s['low']:g} to {s['high']:g}" for name, s in space.items()) or NONE


def _rates(config: Mapping[str, Any], optimizer: str) -> str:
    if "tuned" not in config["tracks"]:
        return NONE
    grids = [config["grids"][problem][optimizer] for problem in config["problems"]]
    rates = [rate for grid in grids for rate in grid]
    counts = sorted({len(grid) for grid in grids})
    differ = ", by problem" if any(grid != grids[0] for grid in grids) else ""
    number = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{number} from {min(rates):g} to {max(rates):g}{differ}"
