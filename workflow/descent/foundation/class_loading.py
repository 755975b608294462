"""Classes and functions by place: ``package.module:Class`` or ``folder/file.py:Class``."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from descent.foundation.suggestions import nearest


class ClassLoadingError(ValueError):
    """A class that cannot be loaded; the message gives the reason."""


def load_class(
    place: str, folder: Path, *, what: str = "class", fits: Callable[[Any], bool] = inspect.isclass
) -> Any:
    """Return the class, or another object, at a location.

    Parameters
    ----------
    place : str
        ``package.module:Class`` or ``folder/file.py:Class``.
    folder : Path
        What the path of a file is relative to, and where modules are looked for last.
    what : str, default "class"
        What it is called in messages.
    fits : callable, default inspect.isclass
        Whether an object is one.

    Returns
    -------
    object
        The object.

    Raises
    ------
    ClassLoadingError
        If the file or module does not exist, does not import, or has no such class; the message
        gives the line of the user's own file, or the nearest name.
    """
    location, _, name = place.rpartition(":")
    if str(folder.resolve()) not in sys.path:
        # Behind Python's own modules and all that is installed, which keep their names.
        sys.path.append(str(folder.resolve()))
    if not location:
        raise ClassLoadingError(f"{place}: name the class too, as in '{place}:MyClass'")
    if location.endswith(".py"):
        module = _module_of_file(place, (folder / location).resolve())
    else:
        module = _imported(place, location)
    found = getattr(module, name, None)
    if not fits(found):
        known = [
            key
            for key, value in vars(module).items()
            if fits(value) and (what != "class" or value.__module__ == module.__name__)
        ]
        raise ClassLoadingError(f"{location} has no {what} {name!r}. {nearest(name, known)}")
    return found


def source_files(objects: Iterable[Any]) -> list[Path]:
    """Return the files in which classes or functions are defined, each once."""
    return list(dict.fromkeys(Path(sys.modules[o.__module__].__file__ or "") for o in objects))


def _module_of_file(place: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise ClassLoadingError(f"{place}: there is no file {path}")
    # Under a name of its own: a class in random.py must not become the module random.
    name = f"descent_plug_in_{path.stem}_{zlib.crc32(bytes(path)):08x}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ClassLoadingError(f"{place}: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ClassLoadingError(f"{place}: {path} {_why(error, str(path))}") from error
    return module


def _imported(place: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ClassLoadingError(f"{place}: the module {name} {_why(error, None)}") from error


def _why(error: Exception, path: str | None) -> str:
    """Describe an import error, with the line of the user's file in which it occurred."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == path]
    line = error.lineno if isinstance(error, SyntaxError) else (lines[-1] if lines else None)
    where = f" in line {line}" if line else ""
    return f"does not import: {type(error).__name__}{where}: {error}"
