"""Short runs on generated and packaged data, with the kernels of every x86-64 processor since 2013.

``python tests/reference/portable/make_runs.py > tests/reference/portable/runs.csv`` makes the table
anew: the final training loss of each run, and a digest of its parameters to the last bit. The
first line names the versions that it holds for.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from descent.training.job import THREADS, kernel_environment

if __name__ == "__main__":  # before NumPy is imported
    os.environ |= dict.fromkeys(THREADS, "1") | kernel_environment("portable")

import numpy as np

from descent.data.dataset import save_dataset
from descent.data.prepare import prepare
from descent.optimizers.loading import load_optimizer
from descent.problems.loading import load_problem
from descent.training.loop import train

DATA = {
    "digits": {"use": "digits"},
    "reviews": {"use": "generated_reviews", "reviews": 400, "seed": 0},
}
RUNS = (
    ("digits", {"use": "softmax_regression", "mini_batch": 32}, ("sgd",)),
    ("digits", {"use": "mlp", "hidden": [128], "mini_batch": 32}, ("sgd", "adam", "muon")),
    ("reviews", {"use": "rnn"}, ("rmsprop", "adam")),
    ("reviews", {"use": "attention"}, ("adamw",)),
    ("reviews", {"use": "logistic_regression"}, ("adam",)),
)


def versions() -> str:
    """Return what decides the bits beside the kernels."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"NumPy {np.__version__}, {blas['name']} {blas['version']}"


def rows(folder: Path) -> list[str]:
    """Return the lines of the table."""
    for name, settings in DATA.items():
        save_dataset(prepare(settings, Path(), fold=0, base_folder=Path()), folder / name)
    lines = ["problem,optimizer,train_loss,parameters"]
    for data, settings, rules in RUNS:
        problem = load_problem(settings["use"], settings, folder / data)
        for rule in rules:
            optimizer = load_optimizer({"use": rule, "learning_rate": 0.01}, folder=Path())
            record, _, theta = train(problem, optimizer, seed=3, epochs=5)
            digest = hashlib.sha256(theta.tobytes()).hexdigest()[:16]
            lines.append(f"{settings['use']},{rule},{record.curve['train_loss'][-1]!r},{digest}")
    return lines


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join([f"# {versions()}", *rows(Path(folder))]))
