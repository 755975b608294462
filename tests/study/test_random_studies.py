"""Tiny studies of random names, numbers and layouts of data: what was written is what is read."""

from __future__ import annotations

import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trained_study import train

from descent.analysis.results import load_results
from descent.analysis.tables.build import build
from descent.analysis.tables.columns import TABLES
from descent.analysis.tables.study_tables import StudyTables
from descent.data.dataset import is_as_prepared, load_dataset
from descent.data.labelled_vectors import PARTS, in_source_order, names_of_classes
from descent.data.options import STANDARDIZATIONS
from descent.study.config.entries import RESERVED
from descent.study.config.yaml_file import read_yaml
from descent.study.plan import Study, load_study
from descent.study.status import State, state_of
from descent.training.records import read_record

#: Names that readers of YAML, of CSV and of paths take for something else.
ODD = ("NA", "nan", "null", "no", "on", "1", "1e-3", "0.10", "007", "0x1", "True", "2024-01-01")
NAMES = (
    st.sampled_from(ODD) | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,11}", fullmatch=True)
).filter(lambda name: name.lower() not in RESERVED)


def some_names(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(NAMES, min_size=least, max_size=most, unique_by=str.lower)


@dataclass
class Case:
    """A config, and the arrays of the files that it names."""

    config: dict[str, Any]
    entry: dict[str, Any]
    arrays: dict[str, np.ndarray]
    columns: list[str]

    def write(self) -> None:
        """Write the arrays as the files that the entry of the dataset names."""
        if self.entry["use"] == "npz":
            with Path(self.entry["file"]).open("wb") as file:
                np.savez(file, **self.arrays)
            return
        for part, option in (("train", "file"), ("test", "test_file")):
            if f"{part}_inputs" not in self.arrays:
                continue
            inputs, labels = self.arrays[f"{part}_inputs"], self.arrays[f"{part}_labels"]
            if self.entry["use"] == "idx":
                write_idx(self.entry[f"{part}_inputs"], inputs)
                write_idx(self.entry[f"{part}_labels"], labels)
                continue
            frame = pd.DataFrame(inputs.reshape(len(inputs), -1), columns=self.columns)
            frame.insert(len(self.columns) // 2, self.entry["label"], labels)
            if self.entry["use"] == "csv":
                frame.to_csv(self.entry[option], index=False)
            else:
                frame.to_parquet(self.entry[option])


def write_idx(path: str, array: np.ndarray) -> None:
    code = {"u1": 0x08, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}[array.dtype.str[1:]]
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    Path(path).write_bytes(header + array.astype(array.dtype.newbyteorder(">")).tobytes())


#: By source: shapes of an example, types of its numbers, labels, and the parts that a file has.
LABELS = ([3, 1, 2], [-5, 400], ["no", "yes"], ["1", "01", "NA"], [True, False])
SHAPES = ((3,), (2, 2), (1,), (5, 1))
LAYOUTS = {
    "npz": (SHAPES, ("f4", "f8", "i8", "u1", "?"), LABELS, (("X",), ("train", "test"), PARTS)),
    "csv": (SHAPES, ("f8", "i8", "?"), LABELS, (("train",), ("train", "test"))),
    "parquet": (SHAPES, ("f4", "f8", "i8", "u1", "?"), LABELS, (("train",), ("train", "test"))),
    "idx": (
        ((2, 2), (5, 1)),
        ("f4", "f8", "i4", "u1"),
        LABELS[:2],
        (("train",), ("train", "test")),
    ),
}


@st.composite
def layouts(draw: st.DrawFn, use: str) -> dict[str, np.ndarray]:
    """Draw data: shape, type, magnitude, labels, and which parts the file has."""
    shapes, kinds, classes, with_parts = LAYOUTS[use]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape, kind = draw(st.sampled_from(shapes)), draw(st.sampled_from(kinds))
    labels = draw(st.sampled_from(classes))
    scale, shift = 10.0 ** draw(st.integers(-6, 6)), draw(st.sampled_from([0.0, 14.62, -1e3]))

    def inputs(n: int) -> np.ndarray:
        x = rng.normal(size=(n, *shape))
        if kind == "?":
            return x > 0
        if kind == "u1":
            return rng.integers(0, 256, x.shape).astype(np.uint8)
        return ((x + shift) * (1e3 if kind[0] == "i" else scale)).astype(kind)

    def part(prefix: str, n: int) -> dict[str, np.ndarray]:
        of_each = np.array(labels)[rng.permutation(np.arange(n) % len(labels))]
        if use == "idx":
            of_each = of_each.astype("i4")
        names = ("X", "y") if prefix == "X" else (f"{prefix}_inputs", f"{prefix}_labels")
        return dict(zip(names, (inputs(n), of_each), strict=True))

    given_parts = draw(st.sampled_from(with_parts))
    return {
        name: a for prefix in given_parts for name, a in part(prefix, 60 + 3 * len(prefix)).items()
    }


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a config with a problem that learns and one that does not."""
    problems, optimizers = draw(some_names(2, 2)), draw(some_names(1, 2))
    rates = st.floats(1e-12, 1e18).map(lambda x: float(f"{x:.4g}"))
    seeds = draw(st.lists(st.integers(0, 2**63 - 1), min_size=2, max_size=3, unique=True))
    use = draw(st.sampled_from(sorted(LAYOUTS)))
    arrays = draw(layouts(use))
    file = draw(st.text("ab {}[]'é.%$", min_size=1, max_size=6)) + f"x.{use}"
    entry: dict[str, Any] = {"use": use, "seed": draw(st.integers(0, 2**32 - 1))}
    if use == "idx":
        entry |= {name: f"{name} {file}" for name in arrays}
    else:
        entry |= {"file": file, "standardize": draw(st.sampled_from(STANDARDIZATIONS))}
    if use in ("csv", "parquet"):
        entry |= {"label": "kind"} | (
            {"test_file": f"test {file}"} if "test_inputs" in arrays else {}
        )
    inputs = next(iter(arrays.values()))
    columns = draw(some_names(inputs[0].size, inputs[0].size).filter(lambda x: "kind" not in x))
    dataset = draw(NAMES)
    config = {
        "study": draw(NAMES),
        "time_limit_seconds": draw(st.floats(30, 90)),
        "seeds": {"tuning": seeds[:1], "evaluation": seeds[1:]},
        "tracks": draw(st.sampled_from([["tuned"], ["default"], ["tuned", "default"]])),
        "datasets": {dataset: entry},
        "problems": {
            problems[0]: {
                "use": "softmax_regression",
                "dataset": dataset,
                "mini_batch": draw(st.integers(1, 50)),
                "epochs": draw(st.floats(0.1, 2)),
            },
            problems[1]: {"use": "quadratic", "epochs": draw(st.integers(1, 5))},
        },
        "optimizers": {
            name: {
                "use": draw(st.sampled_from(["sgd", "adam"])),
                "learning_rates": draw(st.lists(rates, min_size=1, max_size=2, unique=True)),
            }
            for name in optimizers
        },
    }
    return Case(config, entry, arrays, columns)


@given(cases())
@settings(max_examples=16, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_was_written_is_what_is_read(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        case.write()
        Path("study.yaml").write_text(yaml.safe_dump(case.config), encoding="utf-8")
        assert read_yaml(Path("study.yaml")) == case.config
        study = train(case.config)
        assert load_study(study.folder / "study.json").config == study.config
        check_records(study)
        check_tables(study)
        check_data(study, case)


def check_records(study: Study) -> None:
    """Every run has a record of its own, under its own name, with the values of the config."""
    for run in study.runs():
        record = read_record(study.record_path(run))
        assert (record.problem, record.optimizer, record.candidate, record.seed) == run
        assert record.epochs == study.problems[run.problem]["epochs"]
        sets = study.candidates(run.problem, run.optimizer, "tuned").get(run.candidate, {})
        assert record.hyperparameters.items() >= sets.items()
        assert state_of(study, run) in (State.DONE, State.DIVERGED)
    files = {path for path in (study.folder / "runs").rglob("*") if path.is_file()}
    records = {study.record_path(run) for run in study.runs()}
    assert files == records | {path.with_suffix(".kept") for path in records}


def check_tables(study: Study) -> None:
    """The tables are read as they were built, and name what the config names."""
    read, built = StudyTables(study.folder / "study.json"), build(load_results(study))
    for name, table in built.items():
        texts = list(TABLES[name].text_types)
        numbers = table.columns.difference(texts)
        pd.testing.assert_frame_equal(read[name][texts], table[texts])
        pd.testing.assert_frame_equal(
            read[name][numbers], table[numbers], check_dtype=False, rtol=1e-9
        )
    assert set(read["leaderboard"]["problem"]) == set(study.problems)
    assert set(read["leaderboard"]["optimizer"]) == set(study.optimizers)


def check_data(study: Study, case: Case) -> None:
    """Every example of the file is in one part, with its own numbers and its own label."""
    (name,) = study.config["datasets"]
    data = load_dataset(study.prepared_dataset(name, "all").parent)
    assert is_as_prepared(data)
    classes = names_of_classes(data)
    prefixes = {key.removesuffix("_inputs") for key in case.arrays if key.endswith("_inputs")}
    whole = {"train": "X"} if "X" in case.arrays else {prefix: prefix for prefix in prefixes}
    taken_from = {part: part if part in prefixes else "train" for part in PARTS}
    for group, prefix in whole.items():
        written_x, written_y = (
            (case.arrays["X"], case.arrays["y"])
            if prefix == "X"
            else (case.arrays[f"{prefix}_inputs"], case.arrays[f"{prefix}_labels"])
        )
        parts = [part for part in PARTS if taken_from[part] == group]
        shift, scale = (in_source_order_of(data, key) for key in ("shift", "scale"))
        inputs = np.concatenate([in_source_order(data, data[f"{part}_inputs"]) for part in parts])
        as_read = (written_x.reshape(len(written_x), -1) - shift) / scale
        if inputs.dtype == np.uint8:  # standardised when they are read
            inputs = (inputs - shift) / scale
        labels = [classes[c] for part in parts for c in data[f"{part}_labels"]]
        assert_same_rows(inputs, labels, as_read.astype(np.float32), [str(c) for c in written_y])


def in_source_order_of(data, key):
    values = np.asarray(data[key])
    return in_source_order(data, values) if values.size > 1 else values


def assert_same_rows(inputs, labels, written_inputs, written_labels):
    rows = sorted(zip(inputs.round(3).tolist(), labels, strict=True))
    written = sorted(zip(written_inputs.round(3).tolist(), written_labels, strict=True))
    assert [label for _, label in rows] == [label for _, label in written]
    np.testing.assert_allclose(
        [row for row, _ in rows], [row for row, _ in written], rtol=1e-4, atol=2e-3
    )
