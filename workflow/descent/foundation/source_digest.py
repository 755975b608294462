"""Digests of source code, so that a change of code reruns only what depends on it.

The digest of a module covers the module and everything in this package that it imports, directly or
not. It is taken from the syntax tree without docstrings: comments, layout and documentation change
nothing. Packages' ``__init__`` files are left out: they hold tables of names, and a digest that
followed them would tie every rule to every other.

Of a file outside the package, such as a plug-in's or a script, it covers also what the file
imports of the user's own code: every module in the file's own folder, or that is not Python's and
not installed beside this package's dependencies. What an import statement does not name,
:func:`unfollowed` finds.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = Path(__file__).resolve().parents[1]
#: Folders of what is installed: a new version of it retrains nothing.
_INSTALLED = ("site-packages", "dist-packages")
#: Calls that run code which no import statement names.
_DYNAMIC = ("__import__", "import_module", "exec", "eval", "run_path", "run_module", "CDLL")


def source_digest(modules: Iterable[str], files: Iterable[Path] = ()) -> str:
    """Return the digest of modules of this package and of files outside it.

    Parameters
    ----------
    modules : iterable of str
        Dotted names: ``descent.training.loop``.
    files : iterable of Path
        Python files outside the package, such as a plug-in's.

    Returns
    -------
    str
        Sixteen hexadecimal digits.

    Raises
    ------
    ValueError
        If there is no such module.
    """
    named = {name: _path_of(name) for name in modules}
    for name, path in named.items():
        if path is None:
            raise ValueError(f"a module must be one of this package. Received: {name!r}")
    digests = sorted(_read(path).digest for path in _followed([*named.values(), *map(Path, files)]))
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]


def made_from(modules: Iterable[str], *facts: Any) -> str:
    """Return the digest of modules of this package and of what they were given, of JSON types."""
    text = json.dumps([source_digest(modules), *facts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def own_sources(files: Iterable[Path]) -> list[Path]:
    """Return files outside this package, with what they import of the user's own code, sorted."""
    return sorted(path for path in _followed(map(Path, files)) if not path.is_relative_to(PACKAGE))


def unfollowed(files: Iterable[Path]) -> list[str]:
    """Return a sentence for each place in a user's own code that no digest can follow.

    Parameters
    ----------
    files : iterable of Path
        As for :func:`source_digest`.
    """
    return [
        f"{os.path.relpath(path)}, line {node.lineno}: a change of what {name} loads here retrains "
        "nothing"
        for path in own_sources(files)
        if (tree := _tree(path)) is not None
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (name := getattr(node.func, "attr", getattr(node.func, "id", ""))) in _DYNAMIC
        # PyTorch's model.eval() runs no code that it is given
        and not (isinstance(node.func, ast.Attribute) and name in {"eval", "exec"})
    ]


def _followed(paths: Iterable[Path | None]) -> set[Path]:
    found: set[Path] = set()
    for first in [path.resolve() for path in paths if path is not None]:
        pending = [first]
        while pending:
            path = pending.pop()
            if path not in found:
                found.add(path)
                pending += _imported(path, first.parent)
    return found


@cache
def _imported(path: Path, folder: Path) -> tuple[Path, ...]:
    """Return the files that a file imports: of this package or the user's own."""
    of_package = [file for name in _read(path).imports if (file := _path_of(name)) is not None]
    own = () if path.is_relative_to(PACKAGE) else _own_imports(path, folder)
    return (*of_package, *(file.resolve() for file in own))


@cache
def _path_of(module: str) -> Path | None:
    """Return the file of a module of this package; None for a package or anything else."""
    head, *rest = module.split(".")
    if head != PACKAGE.name or not rest:
        return None
    path = PACKAGE.joinpath(*rest).with_suffix(".py")
    return path if path.is_file() else None


class _Source(NamedTuple):
    """What is kept of a file: its syntax tree would be ten thousand objects for each."""

    digest: str
    #: Every dotted name that it may import.
    imports: tuple[str, ...] = ()
    #: The same of relative imports: the level, the module, and the names.
    relative: tuple[tuple[int, str, tuple[str, ...]], ...] = ()


@cache
def _read(path: Path) -> _Source:
    """Read a file, of Python code without its docstrings."""
    tree = _tree(path)
    if tree is None:
        return _Source(hashlib.sha256(path.read_bytes()).hexdigest())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    imports: list[str] = []
    relative = []
    for node in _statements(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            if node.level:
                relative.append((node.level, node.module or "", names))
            elif node.module:
                imports += [node.module, *(f"{node.module}.{name}" for name in names)]
    digest = hashlib.sha256(ast.unparse(tree).encode()).hexdigest()
    return _Source(digest, tuple(imports), tuple(relative))


def _tree(path: Path) -> ast.Module | None:
    """Return the syntax tree of a file; None of one that this Python cannot read."""
    try:
        return ast.parse(path.read_bytes()) if path.suffix == ".py" else None
    except (SyntaxError, ValueError):
        return None


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield a module, its statements and theirs: a tenth of what a walk of every node visits."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        for name in ("body", "handlers", "cases", "orelse", "finalbody"):
            pending += getattr(node, name, ())


def _own_imports(path: Path, folder: Path) -> Iterator[Path]:
    """Yield the files of the user's own modules that a file imports, packages' own files too."""
    source = _read(path)
    for name in source.imports:
        parts = name.split(".")
        beside = list(_files_at(folder / parts[0])) or (folder / parts[0]).is_dir()
        for length in range(1, len(parts) + 1):
            if beside:
                yield from _files_at(folder.joinpath(*parts[:length]))
            elif (file := own_module(".".join(parts[:length]))) is not None:
                yield file
            elif length == 1 and not _is_namespace(parts[0]):
                break  # what is inside need not be found, which would import it
    for level, relative, names in source.relative:
        package = path.parents[level - 1]
        module = package.joinpath(*relative.split(".")) if relative else package
        for place in (package, module, *(module / name for name in names)):
            yield from _files_at(place)


def _files_at(place: Path) -> Iterator[Path]:
    """Yield the file of the module or the package at a place, if there is one."""
    for file in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
        if file.is_file():
            yield file


@cache
def _spec_of(module: str) -> ModuleSpec | None:
    try:
        loaded = sys.modules.get(module)
        return loaded.__spec__ if loaded is not None else importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):  # not a module, but a name in one
        return None


def _is_namespace(module: str) -> bool:
    """Return whether a module is a folder without a file of its own."""
    spec = _spec_of(module)
    return spec is not None and spec.origin is None


@cache
def own_module(module: str) -> Path | None:
    """Return the file of a module of the user's own; None for Python's own and installed ones."""
    spec = _spec_of(module)
    if spec is None or not spec.has_location or spec.origin is None:
        return None
    file = Path(spec.origin).resolve()
    pythons_own = file.is_relative_to(Path(sysconfig.get_path("stdlib")).resolve())
    place = file.parents[module.count(".") + (file.name == "__init__.py")]
    installed = not set(_INSTALLED).isdisjoint(file.parts) or _holds_packages(place)
    return None if file.is_relative_to(PACKAGE) or pythons_own or installed else file


@cache
def _holds_packages(folder: Path) -> bool:
    """Return whether packages are installed in a folder, whatever its name."""
    return any(folder.glob("*.dist-info"))
