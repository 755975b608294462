"""Digests of source code, so that a change of code reruns only what depends on it.

The digest of a module covers the module and everything in this package that it imports, directly or
not. It is taken from the syntax tree without docstrings: comments, layout and documentation change
nothing. Packages' ``__init__`` files are left out: they import
every rule, so that the digest of one rule would depend on all others.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def source_digest(modules: Iterable[str], files: Iterable[Path] = ()) -> str:
    """Return the digest of modules of this package and of files outside it.

    Parameters
    ----------
    modules : iterable of str
        Dotted names: ``descent.training.loop``.
    files : iterable of Path
        Python files outside the package, such as a plug-in's; what they import from this package
        is covered too, what they import from elsewhere is not.

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
    pending = [*named.values(), *(Path(file).resolve() for file in files)]
    found: set[Path] = set()
    while pending:
        path = pending.pop()
        if path is not None and path not in found:
            found.add(path)
            pending += [_path_of(name) for name in _imports(path)]
    digests = sorted(_digest(path) for path in found)
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:16]


@cache
def _path_of(module: str) -> Path | None:
    """Return the file of a module of this package; None for a package or anything else."""
    head, *rest = module.split(".")
    if head != PACKAGE.name or not rest:
        return None
    path = PACKAGE.joinpath(*rest).with_suffix(".py")
    return path if path.is_file() else None


@cache
def _tree(path: Path) -> ast.Module:
    """Return a file's syntax tree without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(ast.unparse(_tree(path)).encode()).hexdigest()


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Return every dotted name that a file may import from this package."""
    names: list[str] = []
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)
