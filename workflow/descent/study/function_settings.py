"""The settings of the figures of test functions: functions, optimizers, starts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from descent.arrays import Array
from descent.foundation.suggestions import nearest
from descent.optimizers.base import Optimizer
from descent.optimizers.loading import load_optimizer
from descent.problems.built_in import PROBLEMS
from descent.problems.function_problem import FunctionProblem
from descent.problems.functions import Function, make_function
from descent.study.titles import capitalized, optimizer_titles

#: Numbers of steps and of starts, by default.
_COUNTS = {"starts": 64, "iterations": 1000, "resolution": 121}
_OF_FUNCTION = ("function", "dimension", "condition_number")
KEYS = (*_OF_FUNCTION, "functions", "start", "tolerance", "window", "optimizers", *_COUNTS)


@dataclass(frozen=True)
class FunctionSettings:
    """The settings of a figure of test functions, read from JSON.

    Attributes
    ----------
    functions : dict of str to mapping
        The functions, by the name to print, each with the keywords of
        :func:`~descent.problems.functions.make_function`, ``name`` among them.
    optimizers : dict of str to Optimizer
        The rules, by the name of the config entry.
    titles : dict of str to str
        Display names of the optimizers.
    start : ndarray of shape (n,)
        Where a single path starts; by default the function's usual start.
    starts : int
        How many random starts.
    iterations : int
        Steps from each start.
    tolerance : float
        A start has arrived when its value is within this of the minimum.
    window : ndarray of shape (2, 2)
        The part of the plane that is drawn: ``((x low, x high), (y low, y high))``; by default the
        function's domain.
    resolution : int
        Points along each axis of a map.
    """

    functions: Mapping[str, Mapping[str, Any]]
    optimizers: Mapping[str, Optimizer]
    titles: Mapping[str, str]
    start: Array
    starts: int
    iterations: int
    tolerance: float
    window: Array
    resolution: int

    @property
    def name(self) -> str:
        """Name of the first function."""
        return next(iter(self.functions))

    def title(self, function: str) -> str:
        """Return the display name of a function: its own, and its settings."""
        name = self.functions[function]["name"]
        return capitalized(function.replace(name, PROBLEMS[name].title, 1))

    @property
    def function(self) -> Function:
        """The first function."""
        return make_function(**self.functions[self.name])

    @classmethod
    def read(cls, settings: Mapping[str, Any], folder: Path | None = None) -> FunctionSettings:
        """Check settings and fill in defaults.

        Parameters
        ----------
        settings : mapping
            ``function`` (one name, with ``dimension`` and ``condition_number`` where it has them)
            or ``functions`` (a list of names, or of mappings with ``function`` and such settings);
            ``optimizers`` (config entries by name); and, where they differ from the defaults,
            ``start``, ``starts`` (64), ``iterations`` (1000), ``tolerance`` (1e-3), ``window``,
            ``resolution`` (121).
        folder : Path, optional
            What the path of a plug-in is relative to; by default the working directory.

        Raises
        ------
        ValueError
            If a key is unknown, or a value of another kind or out of range.
        """
        if not isinstance(settings, Mapping):
            raise ValueError(f"settings must be a mapping. Received: {settings!r}")  # noqa: TRY004
        for key in settings:
            if key not in KEYS:
                raise ValueError(f"there is no setting {key!r}. {nearest(key, KEYS)}")
        functions = _functions(settings)
        first = make_function(**next(iter(functions.values())))
        optimizers = settings.get("optimizers")
        if not (
            optimizers
            and isinstance(optimizers, Mapping)
            and all(isinstance(entry, Mapping) for entry in optimizers.values())
        ):
            raise ValueError(
                "optimizers must be a mapping of names to at least one config entry, as "
                f'{{"mine": {{"use": "adam"}}}}. Received: {optimizers!r}'
            )
        counts = {name: settings.get(name, default) for name, default in _COUNTS.items()}
        for name, count in counts.items():
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise ValueError(f"{name} must be an integer >= 1. Received: {count!r}")
        tolerance = settings.get("tolerance", 1e-3)
        if not isinstance(tolerance, int | float) or not 0.0 < tolerance < math.inf:
            raise ValueError(f"tolerance must be in (0, inf). Received: {tolerance!r}")
        window = _numbers("window", settings.get("window", (first.domain, first.domain)), (2, 2))
        if not np.all(window[:, 0] < window[:, 1]):
            raise ValueError(
                f"window must be [[x low, x high], [y low, y high]]. Received: {window.tolist()}"
            )
        return cls(
            functions=functions,
            optimizers={
                name: load_optimizer(
                    {key: value for key, value in entry.items() if key != "title"},
                    folder=folder or Path.cwd(),
                )
                for name, entry in optimizers.items()
            },
            titles=optimizer_titles(optimizers),
            start=_numbers("start", settings.get("start", first.start), first.start.shape),
            tolerance=float(tolerance),
            window=window,
            **counts,
        )

    def problem(self, function: str, starts: int, *, rotations: bool = False) -> FunctionProblem:
        """Return one of the functions as a problem of so many starts."""
        settings = dict(self.functions[function])
        return FunctionProblem(
            function,
            function=settings.pop("name"),
            starts=starts,
            rotations=rotations,
            tolerance=self.tolerance,
            **settings,
        )

    def check_plane(self) -> None:
        """Raise ValueError unless the function has two variables."""
        if self.function.dimension != 2:
            raise ValueError(
                f"a contour plot needs a function of two variables. Received: {self.name} "
                f"of {self.function.dimension}"
            )


def _functions(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    if ("function" in settings) == ("functions" in settings):
        raise ValueError("settings must have either `function` or `functions`")
    single = {key: settings[key] for key in _OF_FUNCTION if key in settings}
    listed = settings.get("functions", [single])
    if not isinstance(listed, list) or not listed:
        raise ValueError(f"functions must be a list of at least one. Received: {listed!r}")
    functions: dict[str, dict[str, Any]] = {}
    for entry in listed:
        keywords = dict(entry) if isinstance(entry, Mapping) else {"function": entry}
        name = keywords.pop("function", None)
        if not isinstance(name, str):
            raise ValueError(  # noqa: TRY004
                f"a function must be given by its name. Received: {entry!r}"
            )
        values = (f"{key.replace('_', ' ')} {value}" for key, value in keywords.items())
        label = ", ".join([name, *values])
        functions[label] = {"name": name, **keywords}
        make_function(**functions[label])
    return functions


def _numbers(name: str, value: Any, shape: tuple[int, ...]) -> Array:
    """Return a setting as an array of a shape, or raise ValueError."""
    try:
        numbers = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape != shape or not np.all(np.isfinite(numbers)):
        wanted = " x ".join(map(str, shape))
        raise ValueError(f"{name} must be {wanted} finite numbers. Received: {value!r}")
    return numbers
