"""Optimizers from a config entry: a built-in rule, a file, a module, PyTorch's or Optax's."""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from descent.foundation.class_loading import ClassLoadingError, load_class, source_files
from descent.foundation.command_template import COMMAND
from descent.foundation.source_digest import own_module
from descent.foundation.suggestions import nearest
from descent.optimizers import OPTIMIZERS
from descent.optimizers.adapters.options import takes_learning_rate
from descent.optimizers.base import Optimizer
from descent.optimizers.schedule_loading import load_schedule, schedule_class
from descent.optimizers.schedules import SCHEDULES
from descent.optimizers.wrapper import COMMON, Wrapper

#: Adapters by the prefix of ``use``: the module that has them and the class in it.
ADAPTERS = {
    "torch": ("descent.optimizers.adapters.pytorch", "TorchOptimizer"),
    "optax": ("descent.optimizers.adapters.optax", "OptaxOptimizer"),
}
WAYS = "'path/to/file.py:Class', 'package.module:Class', 'torch:Class' or 'optax:function'"


class EntrantError(ValueError):
    """A config entry that gives no optimizer; the message gives the reason."""


def load_optimizer(
    entry: Mapping[str, Any], *, learning_rate: float | None = None, folder: Path
) -> Optimizer:
    """Return the optimizer that a config entry describes.

    Parameters
    ----------
    entry : mapping
        ``use``: a built-in name (``rmsprop``), a file and class (``my_rules/sophia.py:Sophia``), an
        importable class (``package.module:Class``), PyTorch's (``torch:RAdam``) or Optax's
        (``optax:lion``). The class may be a PyTorch optimizer of one's own; a function of a
        learning rate, named likewise, is one of Optax. Both may be given themselves, in place of
        their names. ``flavour``: a named form of the rule.
        ``schedule``: an entry for
        :func:`~descent.optimizers.schedule_loading.load_schedule`. ``base``: the entry of the rule
        that this rule wraps. All other keys are hyper-parameters; those of PyTorch and Optax
        have the library's own names, but for ``learning_rate``.
    learning_rate : float, optional
        Overrides the entry's own.
    folder : Path
        What the path of a file is relative to.

    Returns
    -------
    Optimizer
        The rule, its hyper-parameters checked.

    Raises
    ------
    EntrantError
        If anything about the entry is wrong.
    """
    given = entry.get("use")
    use = _use(entry) if _library_of(given) is None else getattr(given, "__name__", repr(given))
    settings = {key: value for key, value in entry.items() if key not in ("use", "flavour")}
    if learning_rate is not None:
        settings["learning_rate"] = learning_rate
    try:
        found = given if _library_of(given) is not None else _found(use, folder)
        cls = _class_of(found)
        if "base" in settings and issubclass(cls, Wrapper):
            settings = _around_base(use, settings, folder)
        if settings.get("schedule") is None:
            settings.pop("schedule", None)
        else:
            settings["schedule"] = load_schedule(settings["schedule"], folder)
        return _made(use, found, entry.get("flavour"), settings)
    except Exception as error:
        message = str(error)
        if not isinstance(error, TypeError | ValueError):  # of a user's or a library's own code
            message = f"{type(error).__name__}: {next(iter(message.splitlines()), '')}"
        raise EntrantError(message if use in message else f"{use}: {message}") from error


def _made(use: str, found: Any, flavour: str | None, settings: Mapping[str, Any]) -> Optimizer:
    cls = _class_of(found)
    if cls is not found:
        if flavour is not None:
            raise ValueError(f"{use} has no flavours: it is another library's own code")
        prefix, _, name = use.partition(":")
        rule = cls.from_settings(name if prefix in ADAPTERS else use, settings, found)
    else:
        _check_names(use, cls, settings)
        rule = cls(**settings) if flavour is None else cls.flavour(str(flavour), **settings)
    made: Optimizer = rule
    return made


def with_settings(entry: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with some of its settings replaced.

    Parameters
    ----------
    entry : mapping
        As for :func:`load_optimizer`.
    settings : mapping of str to object
        New values. A name with dots leads inside: ``schedule.warmup_fraction``, ``base.rho``,
        ``groups.bias.learning_rate``; a number is a place in a list: ``betas.0``.

    Raises
    ------
    EntrantError
        If a name leads through something that is not there.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(entry))
    for name, value in settings.items():
        *path, last = name.split(".")
        at: Any = changed
        try:
            for part in path:
                at = at[int(part)] if isinstance(at, list) else at[part]
            at[int(last) if isinstance(at, list) else last] = value
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise EntrantError(
                f"{entry.get('use')}: there is nothing at {name!r} to set; give it a value in the "
                "entry first"
            ) from error
    return changed


def entrant_sources(entry: Mapping[str, Any], folder: Path) -> list[Path]:
    """Return the source files that define the rule of a config entry.

    Parameters
    ----------
    entry : mapping
        As for :func:`load_optimizer`; only ``use``, ``schedule`` and entries inside it matter.
    folder : Path
        What the path of a file is relative to.

    Returns
    -------
    list of Path
        The file of the rule's class and of every rule it derives from, the common base left out,
        of a schedule of the user's own, and of the rules and classes that an entry inside it
        names, as of a rule around another. For an optimizer of another library the file of the
        adapter, and that of the class or function if it is the user's own.

    Raises
    ------
    EntrantError
        If the entry gives no optimizer.
    """
    if entry.get("use") == COMMAND:  # the problem's entry names its files
        return []
    found = _found(_use(entry), folder)
    cls = _class_of(found)
    classes: list[Any] = [c for c in cls.__mro__ if issubclass(c, Optimizer) and c is not Optimizer]
    schedule = entry.get("schedule") or {}
    if schedule.get("use", "constant") not in SCHEDULES:
        classes.append(schedule_class(schedule["use"], folder))
    files = source_files(classes)
    its_own = getattr(found, "func", found)  # what a functools.partial is of
    if cls is not found and (module := own_module(its_own.__module__)):
        files.append(module)
    inner = (value for key, value in entry.items() if key not in ("use", "schedule"))
    return list(dict.fromkeys([*files, *_sources_named_in(inner, folder)]))


def _sources_named_in(values: Iterable[Any], folder: Path) -> Iterator[Path]:
    """Yield the files of what the entries inside an entry name, however deep."""
    for value in values:
        if isinstance(value, Mapping):
            use = str(value.get("use", ""))
            known = use in OPTIMIZERS or use.partition(":")[0] in ADAPTERS
            plug_in = (
                load_class(use, folder, fits=_may_be_one) if ":" in use and not known else None
            )
            if known or (plug_in is not None and _library_of(plug_in) is not None):
                yield from entrant_sources(value, folder)
                continue
            if plug_in is not None:
                yield from source_files([plug_in])
            yield from _sources_named_in(value.values(), folder)
        elif isinstance(value, list):
            yield from _sources_named_in(value, folder)


def _use(entry: Mapping[str, Any]) -> str:
    use = entry.get("use")
    if not isinstance(use, str) or not use:
        raise EntrantError(
            f"an optimizer needs the key 'use': a built-in name, {WAYS}. Received: {use!r}"
        )
    return use


def _found(use: str, folder: Path) -> Any:
    """Return the class of a rule, or another library's class or function."""
    prefix, _, name = use.partition(":")
    return _adapter(prefix).find(name, folder) if prefix in ADAPTERS else _rule(use, folder)


def _class_of(found: Any) -> Any:
    """Return the class of a rule, which for what is another library's is the adapter's."""
    library = _library_of(found)
    return _adapter(library) if library else found


def _library_of(found: Any) -> str | None:
    """Return which library's optimizer something is, empty for a rule; None if it is none."""
    if not inspect.isclass(found):
        return "optax" if _may_be_one(found) else None
    if issubclass(found, Optimizer):
        return ""
    bases = {(base.__module__.partition(".")[0], base.__name__) for base in found.__mro__}
    return "torch" if ("torch", "Optimizer") in bases else None


def _may_be_one(found: Any) -> bool:
    """Return whether something is a class, or a function of a learning rate as Optax has them."""
    return inspect.isclass(found) or takes_learning_rate(found)


def _around_base(use: str, settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a wrapper's settings with its base rule made, which takes the common ones."""
    base = settings["base"]
    if not isinstance(base, Mapping):
        raise EntrantError(f"base must be an entry with the key 'use'. Received: {base!r}")
    if "learning_rate" in base:
        raise EntrantError(
            "learning_rate must stand beside base, not in it: it is that of the whole entry. "
            f"Received: {base['learning_rate']!r} in base"
        )
    common = {key: settings[key] for key in COMMON if key in settings}
    for key in sorted(common.keys() & base.keys()):
        raise EntrantError(
            f"{key} must be set once. Received: {common[key]!r}, and {base[key]!r} in base"
        )
    try:
        rule = load_optimizer({**base, **common}, folder=folder)
    except EntrantError as error:
        raise EntrantError(f"{use}: base: {error}") from error
    own = {key: value for key, value in settings.items() if key not in common}
    return {**own, "base": rule}


def _adapter(prefix: str) -> Any:
    module, name = ADAPTERS[prefix]
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise EntrantError(
            f"{prefix}: {error.name} is not installed; install it with: pip install {prefix}"
        ) from error


def _rule(use: str, folder: Path) -> Any:
    """Return what a built-in name or a place of the user's own names."""
    location, _, name = use.rpartition(":")
    if not location:
        if use.endswith(".py"):
            raise EntrantError(f"{use}: say which class of the file, as in '{use}:MyRule'")
        if use not in OPTIMIZERS:
            raise EntrantError(f"no optimizer {use!r}. {nearest(use, OPTIMIZERS)}; or {WAYS}")
        return OPTIMIZERS[use]
    try:
        found = load_class(use, folder, fits=_may_be_one)
    except ClassLoadingError as error:
        raise EntrantError(str(error)) from error
    if _library_of(found) is None:
        raise EntrantError(
            f"{use}: {name} must be a subclass of descent.optimizers.Optimizer or of "
            f"torch.optim.Optimizer. Received: {found!r}"
        )
    if inspect.isabstract(found):
        missing = ", ".join(sorted(found.__abstractmethods__))
        raise EntrantError(f"{use}: {name} lacks the method {missing}")
    return found


def _check_names(use: str, cls: type[Optimizer], settings: Mapping[str, Any]) -> None:
    parameters = inspect.signature(cls).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    valid = [p.name for p in parameters]
    for key in settings:
        if key not in valid:
            raise EntrantError(
                f"{use} has no hyper-parameter {key!r}. {nearest(key, [*valid, 'flavour'])}"
            )
