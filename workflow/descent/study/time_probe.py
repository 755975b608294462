"""How long runs take of which there are no earlier ones: a few steps of each, on this machine.

``python -m descent.study.time_probe --new JSON --folder results/NAME < study.json`` takes problems
and their optimizers and prints a line for each pair, ``[problem, optimizer, seconds]``: how much
processor time one run takes.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from subprocess import DEVNULL, PIPE
from types import FrameType
from typing import NoReturn

from descent.data.dataset import Dataset, load_dataset
from descent.data.stand_ins import stand_in
from descent.foundation.command_line import command_parser
from descent.foundation.seeding import generator
from descent.optimizers.base import Optimizer
from descent.optimizers.loading import load_optimizer
from descent.problems.base import Problem
from descent.problems.loading import make_problem, problem_location
from descent.study.plan import Study
from descent.training.loop import evaluation_steps, train

#: Steps of the first of two runs of a rule, of which one is longer: what it does once, as to
#: allocate, is no part of the difference.
FIRST_STEPS = 3
#: The second has at least so many more: some rules do something costly at every tenth step only.
PERIOD = 10
#: Seconds that it takes, and the most steps that it has, if that is more.
MEASURED_SECONDS, MOST_STEPS = 0.03, 200
#: Seconds that the steps of one optimizer may take: one that waits for ever, or nearly, costs the
#: others no estimate.
LONGEST_MEASUREMENT = 5.0
#: Tells for each class the processor time of what starts a run, and of importing the class: in a
#: copy of its own, so that none finds it imported. What plug-ins print is not read.
STARTS = """
import json, os, sys, time
import descent.training.job, descent.training.loop, descent.training.machine
import descent.optimizers.loading, descent.problems.loading
from descent.foundation.class_loading import load_class
from pathlib import Path
starting = time.process_time()
answers = os.dup(1)
os.dup2(2, 1)
for location in sys.argv[1:]:
    if os.fork() == 0:
        before = time.process_time()
        load_class(location, Path())
        seconds = starting + time.process_time() - before
        os.write(answers, json.dumps([location, seconds]).encode() + b"\\n")
        os._exit(0)
    os.wait()
"""


def seconds_of_starts(study: Study, names: Iterable[str]) -> dict[str, float]:
    """Measure what it takes until a run of a problem can begin.

    Parameters
    ----------
    study : Study
        The plan.
    names : iterable of str
        The problems.

    Returns
    -------
    dict of str to float
        Seconds of processor time by problem, without those that cannot be imported.
    """
    uses = {name: study.problems[name]["use"] for name in names}
    of_names = {name: problem_location(use).removeprefix("torch:") for name, use in uses.items()}
    command = [sys.executable, "-c", STARTS, *dict.fromkeys(of_names.values())]
    told = subprocess.run(command, check=True, stdout=PIPE, stderr=DEVNULL)  # noqa: S603
    seconds = dict(json.loads(line) for line in told.stdout.splitlines())
    return {name: seconds[of] for name, of in of_names.items() if of in seconds}


def seconds_of_runs(
    study: Study, name: str, optimizers: Iterable[str], start: float
) -> Iterator[tuple[str, float]]:
    """Measure what a run of optimizers of a study takes on one of its problems.

    Parameters
    ----------
    study : Study
        The plan.
    name : str
        The problem. Published data need not be there yet.
    optimizers : iterable of str
        The optimizers.
    start : float
        What :func:`seconds_of_starts` has found for the problem.

    Yields
    ------
    (str, float)
        An optimizer, and seconds of processor time, the mean over tuning runs and evaluation runs;
        a run that diverges takes less. Nothing if the data are a user's own and not prepared yet.
    """
    problem = _problem(study, name)
    if problem is None:
        return
    entry = study.problems[name]
    steps = max(1, round(entry["epochs"] * problem.steps_per_epoch))
    interval = problem.steps_per_epoch / entry["evaluations_per_epoch"]
    evaluations = 1 + len(evaluation_steps(steps, interval))
    runs = [run for run in study.first_runs() if run.problem == name]
    evaluated = sum(run.candidate in study.tracks for run in runs) / len(runs)
    of_tuning = evaluations * _evaluation(problem, [problem.tuning_split])
    of_evaluation = evaluations * _evaluation(problem, problem.splits) + _end(problem)
    every_run = start + (1 - evaluated) * of_tuning + evaluated * of_evaluation
    for optimizer in optimizers:
        try:
            rule = load_optimizer(study.optimizer_entry(optimizer), folder=Path())
            with _time_limit(LONGEST_MEASUREMENT):
                seconds = _training(problem, rule, steps)
            yield optimizer, every_run + seconds
        except Exception as error:  # noqa: BLE001 - a plug-in; its run fails alike, and is told
            print(f"{name}, {optimizer}: {error}", file=sys.stderr)


def _problem(study: Study, name: str) -> Problem | None:
    """Return a problem on its prepared dataset or, before there is one, on a stand-in."""
    settings = study.problem_settings(name)
    manifest = study.dataset_manifest(name, study.part(name, 0))
    if manifest is None:
        return make_problem(name, settings, None)
    if manifest.is_file():
        return make_problem(name, settings, load_dataset(manifest.parent))
    dataset = _stand_in(json.dumps(study.dataset_settings(study.problems[name]["dataset"])))
    return None if dataset is None else make_problem(name, settings, dataset)


@cache
def _stand_in(settings: str) -> Dataset | None:
    """Return the stand-in of a dataset, one for all problems on it; the settings are JSON."""
    return stand_in(json.loads(settings))


def _evaluation(problem: Problem, splits: Iterable[str]) -> float:
    """Return the time of an evaluation for the curve of a run."""
    theta = problem.init(generator(problem.name, 0, "initial_parameters"))
    return sum(_seconds(partial(problem.evaluate_sample, theta, split)) for split in splits)


def _end(problem: Problem) -> float:
    """Return the time of the evaluation over the whole of what the curve shows a sample of."""
    theta = problem.init(generator(problem.name, 0, "initial_parameters"))
    return sum(_seconds(partial(problem.evaluate, theta, s)) for s in problem.sampled_splits)


def _seconds(call: Callable[[], object]) -> float:
    """Return the processor time of a call, the least of three: the first allocates."""
    times = []
    for _ in range(3):
        start = time.thread_time()
        call()
        times.append(time.thread_time() - start)
    return min(times)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block once it has taken so long."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise TimeoutError(f"a few steps take more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def _training(problem: Problem, optimizer: Optimizer, steps: int) -> float:
    """Return the processor time of all steps of a run, from two short ones."""
    few, first = _steps(problem, optimizer, FIRST_STEPS)
    pace = first / max(1, few)
    more = FIRST_STEPS + round(MEASURED_SECONDS / pace) if pace else MOST_STEPS
    many, longer = _steps(problem, optimizer, min(MOST_STEPS, max(FIRST_STEPS + PERIOD, more)))
    if many <= few:  # it diverges at once
        return first
    return first + max(0, steps - few) * max(0.0, longer - first) / (many - few)


def _steps(problem: Problem, optimizer: Optimizer, steps: int) -> tuple[int, float]:
    """Return the steps taken by a run of so many and their processor time."""
    epochs = steps / problem.steps_per_epoch
    record, costs, _ = train(problem, optimizer, seed=0, epochs=epochs, for_tuning=True)
    return record.steps, costs.training_seconds


def main(arguments: list[str] | None = None) -> None:
    """Measure runs of the study on standard input."""
    parser = command_parser("descent.study.time_probe", __doc__)
    parser.add_argument("--folder", required=True, type=Path, help="results/<study>")
    parser.add_argument(
        "--new", required=True, type=json.loads, help="optimizers by problem, as JSON"
    )
    options = parser.parse_args(arguments)
    study = Study(json.load(sys.stdin), options.folder)
    starts = seconds_of_starts(study, options.new)
    for problem, optimizers in options.new.items():
        try:
            start = starts.get(problem, 0.0)
            for optimizer, seconds in seconds_of_runs(study, problem, optimizers, start):
                print("measured:", json.dumps([problem, optimizer, seconds]), flush=True)
        except Exception as error:  # noqa: BLE001 - a plug-in; its runs fail alike, and are told
            print(f"{problem}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
