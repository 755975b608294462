"""What the files of a study were made from, noted by the jobs and compared at the start of a run.

A job that makes a choice, a look, tables, figures, findings, a page or a paper leaves a note in
``made_from/``: the digests of its code, of the files that it read and of those that it wrote. The
engine's own memory can be lost, copied to other results, or told that all is well; the notes stand
beside the files. Records, data and optima say themselves what they were made from.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from descent.data.errors import DataError
from descent.data.files import file_sha256
from descent.data.sources import modules_of
from descent.foundation.atomic_files import write_json
from descent.foundation.source_digest import PACKAGE, made_from, own_sources, source_digest
from descent.foundation.suggestions import shown_value
from descent.optimizers.loading import entrant_sources
from descent.study.plan import Run, Study
from descent.study.status import State, state_of

FOLDER = "made_from"


def note(
    folder: Path,
    code: str | list[str],
    outputs: Iterable[Path],
    inputs: Iterable[Path] | None = None,
) -> None:
    """Note what a job has made its files from.

    Parameters
    ----------
    folder : Path
        The study's folder.
    code : str or list of str
        The modules of this package that made them; templates beside a module count too.
    outputs : iterable of Path
        What was written; the note is named after the first in the alphabet. Files elsewhere are no
        part of the study, and have no note.
    inputs : iterable of Path, optional
        What was read, below the folder; by default the plan and the tables.
    """
    folder = folder.absolute()
    modules = [code] if isinstance(code, str) else code
    written = sorted(path for path in map(Path.absolute, outputs) if path.is_relative_to(folder))
    if not written:
        return
    read = [folder / "study.json", *folder.glob("tables/*")] if inputs is None else inputs
    content = {
        "code": modules,
        "source": _source(modules),
        "inputs": {_below(path, folder): _sha256(path) for path in read},
        "outputs": {_below(path, folder): _sha256(path) for path in written},
    }
    first = written[0].relative_to(folder)
    write_json(folder / FOLDER / first.with_name(f"{first.name}.json"), content)


def _below(path: Path, folder: Path) -> str:
    return path.absolute().relative_to(folder).as_posix()


def _sha256(path: Path) -> str | None:
    return file_sha256(path) if path.is_file() else None


def _source(modules: list[str]) -> str:
    folders = {PACKAGE.joinpath(*module.split(".")[1:]).parent for module in modules}
    templates = (path for folder in folders for path in folder.iterdir() if path.is_file())
    return source_digest(modules, [path for path in templates if path.suffix != ".py"])


class Noted(NamedTuple):
    """The files that the notes of a study name.

    Attributes
    ----------
    all : set of Path
        Every file that a job has noted.
    current : set of Path
        Those that are as their job left them, made by today's code from what is current itself.
    """

    all: set[Path]
    current: set[Path]


def noted(folder: Path, gone: Iterable[Path] = ()) -> Noted:
    """Return the files that jobs have noted in a study's folder.

    Parameters
    ----------
    folder : Path
        The study's folder.
    gone : iterable of Path
        Files in it that are not current, and so is nothing that was made from them.
    """
    digests: dict[Path, str | None] = dict.fromkeys(gone)

    def is_same(path: Path, digest: str | None) -> bool:
        if path not in digests:
            digests[path] = _sha256(path)
        return digests[path] == digest

    known: set[Path] = set()
    made: list[tuple[dict[Path, str | None], dict[Path, str | None]]] = []  # from what, and what
    for path in (folder / FOLDER).rglob("*.json"):
        try:
            of_job = json.loads(path.read_text(encoding="utf-8"))
            inputs, outputs = (
                {folder / name: digest for name, digest in of_job[key].items()}
                for key in ("inputs", "outputs")
            )
            known.update(outputs)
            if of_job["source"] == _source(of_job["code"]):
                made.append((inputs, outputs))
        except (ValueError, KeyError, TypeError, OSError):  # cut off, or of code that is gone
            continue
    while True:  # what is made of what is gone is gone, and so on
        current = {
            path
            for inputs, outputs in made
            if all(is_same(*read) for read in inputs.items())
            for path in outputs
            if is_same(path, outputs[path])
        }
        lost = [path for path in known - current if digests.get(path) is not None]
        digests |= dict.fromkeys(lost)
        if not lost:
            return Noted(known, current)


def outdated(study: Study, made: Iterable[Path] = ()) -> list[Path]:
    """Return the files of a study that are not, or may not be, what its plan gives today.

    Parameters
    ----------
    study : Study
        The plan, as today's config gives it.
    made : iterable of Path
        Files that are made of its records; those that jobs have noted are known.

    Returns
    -------
    list of Path
        The saved plan, prepared data, optima, records, choices, looks and whatever is made of them.
        A record of the study's problems and optimizers counts even if the plan needs it no more.
    """
    plan = Study(study.config, study.folder)  # which reads the looks that are there now
    saved = _read(plan.path)
    found = [plan.path] if plan.path.is_file() and saved != plan.config else []
    # A run that ended at another time limit may go further.
    again = {State.STALE}
    if saved.get("time_limit_seconds") != plan.config["time_limit_seconds"]:
        again.add(State.TIMEOUT)
    found += (path for path, digest in _data(plan) if path.is_file() and _digest(path) != digest)
    runs = list(_runs(plan))
    found += (plan.record_path(run) for run in runs if state_of(plan, run) in again)
    costs = (path for path in plan.costs_paths(runs) if path.is_file() and not _read(path))
    found += costs  # cut off
    by_jobs = noted(plan.folder, found)
    known = {*by_jobs.all, *made, *plan.tuned_paths(), *plan.look_paths()}
    return [*found, *sorted(path for path in known - by_jobs.current if path.is_file())]


def changes(plan: Study) -> Iterator[str]:
    """Yield what differs from what the files of a study were made with: ``p.epochs 3 to 4``.

    Parameters
    ----------
    plan : Study
        The plan, as today's config gives it. The code is compared with that of the provenance.
    """
    if saved := _read(plan.path):
        yield from _differences({**saved, "grids": None}, {**plan.config, "grids": None})
    known = _read(plan.folder / "provenance" / "manifest.json").get("sources", {})
    changed = [
        (problem, optimizer)
        for problem in plan.problems
        for optimizer, source in known.get(problem, {}).items()
        if optimizer in plan.optimizers and source != plan.source(problem, optimizer)
    ]
    optimizers = dict.fromkeys(optimizer for _, optimizer in changed)
    if len(optimizers) == len(plan.optimizers) > 1:
        yield from (f"code that trains {name}" for name in dict.fromkeys(p for p, _ in changed))
        return
    for name in optimizers:
        own = own_sources(entrant_sources(plan.optimizer_entry(name), Path.cwd()))
        files = ", ".join(os.path.relpath(path) for path in own)
        yield f"code of {name}" + (f": {files}" if files else "")


def _differences(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """Yield each difference of two configs with its place, without what was not there."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        yield f"{place} {shown_value(old)} to {shown_value(new)}"
        return
    for key in {**old, **new}:
        here = f"{place}.{key}".removeprefix(".")
        if key not in old or key not in new:
            yield f"{here} {'added' if key in new else 'left out'}"
        elif old[key] != new[key]:
            yield from _differences(old[key], new[key], here)


def _runs(plan: Study) -> Iterator[Run]:
    """Yield every run of the study's problems and optimizers that has a record."""
    for path in sorted(plan.folder.glob("runs/*/*/*/seed-*.json")):
        problem, optimizer, candidate = path.parts[-4:-1]
        seed = path.stem.removeprefix("seed-")
        if problem in plan.trained and optimizer in plan.optimizers and seed.isdecimal():
            yield Run(problem, optimizer, candidate, int(seed))


def _data(plan: Study) -> Iterator[tuple[Path, str]]:
    """Yield each prepared dataset and optimum with the digest that it must have been made from."""
    used = {(run.problem, plan.part(run.problem, run.seed)): run.seed for run in plan.runs()}
    for (problem, part), seed in used.items():
        manifest, optimum = plan.dataset_manifest(problem, part), plan.optimum_path(problem, seed)
        if manifest is None:
            continue
        name = plan.trained[problem]["dataset"]
        settings, fold = plan.dataset_settings(name), 0 if part == "all" else int(part[-1])
        try:
            content = plan.content_of(name)
        except DataError:  # whoever prepares it says what is wrong
            continue
        yield manifest, made_from(modules_of(settings), settings, content, fold)
        if optimum is not None:
            fingerprint = _read(manifest).get("fingerprint")
            code = ["descent.problems.optimum"]
            yield optimum, made_from(code, plan.problem_settings(problem), fingerprint)


def _digest(path: Path) -> str | None:
    content = _read(path)
    digest: str | None = content.get("about", content).get("made_from")
    return digest


def _read(path: Path) -> dict[str, Any]:
    """Return a JSON object; an empty one if there is none that can be read."""
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, OSError):
        return {}
    return content if isinstance(content, dict) else {}
