"""The files of a run: a deterministic record, and its costs.

The record contains everything that the inputs of the run determine: the curve, the status, the
hyper-parameters, the fingerprint of the problem, the hashes of the initial parameters and of the
batch order. Times, machine and versions are in a separate file. Both are JSON with numbers in full
precision and without NaN: an evaluation that is not finite ends the run and is not in the curve.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from descent.foundation.atomic_files import write_json


class Status(StrEnum):
    """How a run ended. All three are results."""

    FINISHED = "finished"
    DIVERGED = "diverged"
    TIMEOUT = "timeout"


@dataclass
class Record:
    """The deterministic outcome of one run.

    Attributes
    ----------
    problem, optimizer : str
        Names of the config entries.
    candidate : str
        Which setting of the optimizer: ``lr-0.001``, ``tuned``, ``default``.
    seed : int
        Seed of the initial parameters, the batch order and, for folds, the data split.
    hyperparameters : dict
        Every hyper-parameter of the rule, the learning rate included.
    epochs : float
        The budget, in epochs.
    steps_per_epoch, parameters : int
        Mini-batches in an epoch; length of the parameter vector.
    state_bytes_per_parameter : float
        Bytes of optimizer state per parameter after the last step, scratch space excluded.
    fingerprint : str
        The problem's fingerprint.
    identity : str
        Digest of everything that determines the record: the job and the source that trained it.
    headline : str
        The metric that tables compare.
    optimum : float or None
        Least possible training loss, where known.
    status : Status
        How the run ended.
    steps : int
        Steps taken.
    gradient_evaluations : int
        Gradients of mini-batches taken: one a step, and those that the rule took at other points.
    remarks : list of str
        Sentences that a reader must know about how the rule ran.
    initial_parameters : str
        SHA-256 of the initial parameters.
    batch_order : list of str
        SHA-256 of the batch order of each epoch begun.
    curve : dict of str to list of float
        One list per column, one value per evaluation: ``step``, ``epoch``,
        ``gradient_evaluations``, ``mini_batch_loss`` (mean over the mini-batches since the
        evaluation before; None at step 0) and ``<split>_<metric>``.
    final_whole : dict of str to float or None
        Final metrics over the whole split, where the curve shows a sample of it, or where a command
        reports them at its end alone; None in a run of a command that did not finish.
    test_correct : str or None
        Of an evaluation run that finished, which test examples are classified correctly, where the
        problem says so: one bit each (``numpy.packbits``), in base64.
    step_losses : list of float
        Loss of every mini-batch, if requested.
    """

    problem: str
    optimizer: str
    candidate: str
    seed: int
    hyperparameters: dict[str, Any]
    epochs: float
    steps_per_epoch: int
    parameters: int
    fingerprint: str
    identity: str
    headline: str
    optimum: float | None
    state_bytes_per_parameter: float = 0.0
    status: Status = Status.FINISHED
    steps: int = 0
    gradient_evaluations: int = 0
    remarks: list[str] = field(default_factory=list)
    initial_parameters: str = ""
    batch_order: list[str] = field(default_factory=list)
    curve: dict[str, list[float | None]] = field(default_factory=dict)
    final_whole: dict[str, float | None] = field(default_factory=dict)
    test_correct: str | None = None
    step_losses: list[float] = field(default_factory=list)


@dataclass
class Costs:
    """The costs of a run, which differ from run to run and from machine to machine.

    Attributes
    ----------
    training_seconds : float
        CPU time of the training thread in the training steps, evaluation excluded. It does not
        depend on what else the machine does; time on other threads of BLAS is not in it. Of a
        command, which may wait for a GPU: time of the clock, from its start to its end.
    optimizer_seconds : float
        The part of it spent in the optimizer's step.
    evaluation_seconds : float
        CPU time of the training thread in the evaluations.
    startup_seconds : float
        CPU time of the thread outside of both, such as to open the data and load the rule.
    cpu_seconds : float
        CPU time of the whole process.
    peak_memory_bytes : int
        Largest resident set of the process.
    machine : dict of str to str
        Processor, operating system, versions of Python, NumPy, SciPy and BLAS, threads.
    """

    training_seconds: float = 0.0
    optimizer_seconds: float = 0.0
    evaluation_seconds: float = 0.0
    startup_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0
    machine: dict[str, str] = field(default_factory=dict)


def write_record(path: Path, record: Record) -> None:
    """Write a record; the same record is always the same bytes."""
    write_json(path, asdict(record))


def read_record(path: Path) -> Record:
    """Read a record that :func:`write_record` wrote.

    Raises
    ------
    ValueError
        If the file is not a record; the message names it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Record(**{**content, "status": Status(content["status"])})
    except (json.JSONDecodeError, UnicodeDecodeError, TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{path} is not the record of a run: {error}") from error


def write_costs(path: Path, costs: Costs) -> None:
    """Write the costs of a run."""
    write_json(path, asdict(costs))


def read_costs(path: Path) -> Costs:
    """Read costs that :func:`write_costs` wrote."""
    return Costs(**json.loads(path.read_text(encoding="utf-8")))
