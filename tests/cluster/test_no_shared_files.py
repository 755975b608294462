"""Jobs that share no files: each has its inputs brought, and what it declares taken away."""

import shutil
from importlib.util import find_spec

import pytest
from project_copy import Project

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.skipif(
        not find_spec("snakemake_storage_plugin_fs") or not shutil.which("rsync"),
        reason="Snakemake's storage plug-in `fs`, or rsync, is not installed",
    ),
]
CONFIG = """\
study: tiny
seeds: {tuning: [0], evaluation: {first: 10, count: 2, at_most: 4}}
tracks: [tuned, default]
learning_rates: {decades: 2, points: 2}
datasets:
  digits: {use: digits}
  words: {use: generated_reviews}
problems:
  bowl: {use: quadratic, epochs: 3}
  net: {use: mlp, dataset: digits, hidden: [4], epochs: 1}
  reviews: {use: logistic_regression, dataset: words, epochs: 1}
optimizers:
  sgd: {use: sgd}
  adam: {use: adam}
figures: {formats: [svg]}
"""


def test_a_study_has_the_same_bytes_in_a_storage(tmp_path):
    home = Project.make(tmp_path / "home", CONFIG)
    home.complete("all")
    away, storage = Project.make(tmp_path / "away", CONFIG), tmp_path / "storage"
    away.complete(
        *("all", "--shared-fs-usage", "none", "--default-storage-provider", "fs"),
        *("--default-storage-prefix", str(storage)),
    )
    stored = Project(storage)
    assert stored.results_digests() == home.results_digests()
    assert not list(away.results.rglob("*.json"))
