"""Seeds are added within the processor minutes that a study may spend on them."""

import json

import pytest
from fabricated_study import fabricate

from descent.analysis.look import look_at_seeds


def test_added_seeds_take_no_more_minutes_than_are_left(tmp_path):
    names = ("adam", "adamw", "nadam", "radam")
    study = fabricate(
        tmp_path,
        problems=["network"],
        optimizers=names,
        evaluation_seeds=(10, 11, 12),
        at_most=12,
    )
    free = look_at_seeds(study, "network", 3)
    assert len(free["continuing"]) == len(names)
    for number, name in enumerate(names):
        for path in study.costs_paths(study.evaluation_runs("network", name, study.track)):
            costs = json.loads(path.read_text())
            path.write_text(json.dumps(costs | {"cpu_seconds": 20.0 * (1 + number)}))
    runs = len(study.evaluation_runs("network", "adam", study.track))
    # Three more seeds of the first cost as many times 20 seconds as it has runs.
    first = runs * 20 / 60
    study.config["seeds"]["evaluation"]["minutes"] = 3.5 * first
    limited = look_at_seeds(study, "network", 3)
    assert limited["continuing"] == ["adam", "adamw"]
    assert limited["minutes"] == pytest.approx(3 * first)
