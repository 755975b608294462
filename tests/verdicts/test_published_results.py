"""Verdicts on results of single runs that others have published."""

import itertools
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from descent import verdict

PUBLISHED = yaml.safe_load(Path(__file__).with_name("published.yaml").read_text(encoding="utf-8"))
#: Six records of the NanoGPT speedrun: those whose authors give every run, see docs/verdicts.md.
SPEEDRUN = pd.read_csv(Path(__file__).parents[2] / "examples" / "speedrun.csv")
#: Chance of their losses if the mean were 3.28, by a t test, as the authors have it.
P_VALUES = [0.0049, 0.0059, 0.0053, 0.0084, 0.0005, 0.0045]


def columns(**samples):
    """A wide table, whose columns may differ in length."""
    return pd.DataFrame({name: pd.Series(values) for name, values in samples.items()})


def successive(**settings):
    for earlier, later in itertools.pairwise(SPEEDRUN["record"].unique()):
        both = SPEEDRUN[SPEEDRUN["record"].isin([earlier, later])]
        (pair,) = verdict(both, **settings).comparisons.to_dict("records")
        yield pair | {"later": pair["first"] == later}


def test_the_runs_of_the_speedrun_are_those_of_their_source():
    found = SPEEDRUN.groupby("record")["validation_loss"].agg(
        lambda runs: stats.ttest_1samp(runs, 3.28, alternative="less").pvalue
    )
    assert found.round(4).tolist() == P_VALUES


def test_each_successive_record_of_the_speedrun_is_judged_in_time():
    began = time.process_time()
    times = list(successive(score="seconds"))
    losses = list(successive(score="validation_loss", margin=0.002))
    assert time.process_time() - began < 5
    assert [(pair["verdict"], pair["later"]) for pair in times] == [("better", True)] * 5
    assert not any(pair["paired"] for pair in times)
    # none is shown to be worse in what was not to get worse
    assert [pair["verdict"] for pair in losses] == ["equivalent"] * 5


def test_unequal_numbers_of_runs_have_welch_s_interval():
    runs = {name: np.array(x) for name, x in PUBLISHED["value_embeddings"].items()}
    (pair,) = verdict(columns(**runs), score="val_loss").comparisons.to_dict("records")
    found = stats.ttest_ind(runs["three"], runs["five"], equal_var=False)
    assert (pair["first"], pair["verdict"], pair["seeds"]) == ("five", "better", 28)
    assert [pair["low"], pair["high"]] == pytest.approx(found.confidence_interval(), rel=1e-9)


def test_shared_seeds_are_paired_and_others_are_not():
    golf = PUBLISHED["parameter_golf"]
    rows = [(name, seed, bits) for name, x in golf.items() for seed, bits in x.items()]
    runs = pd.DataFrame(rows, columns=["record", "seed", "val_bpb"])
    same = runs[runs["record"] != "earlier"]
    (paired,) = verdict(same, method="record").comparisons.to_dict("records")
    differences = runs["val_bpb"][:3].to_numpy() - runs["val_bpb"][3:6].to_numpy()
    ends = stats.ttest_1samp(differences, 0).confidence_interval()
    assert (paired["first"], paired["verdict"], paired["paired"]) == ("after", "better", True)
    assert [paired["low"], paired["high"]] == pytest.approx(ends, rel=1e-9)
    (apart,) = verdict(same, method="record", pair_by=None).comparisons.to_dict("records")
    assert apart["high"] - apart["low"] > 1.5 * (paired["high"] - paired["low"])
    every = verdict(runs, method="record")
    assert not every.comparisons["paired"].any()
    assert "do not share their seeds" in " ".join(every.notes)
    assert "earlier" in set(
        every.comparisons.loc[every.comparisons["verdict"] == "better", "second"]
    )
