"""Every verdict, recomputed from the records by what docs/protocol.md says, and nothing else."""

import base64
import itertools
import json
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fabricated_study import fabricate
from scipy import linalg, stats

from descent.analysis.results import load_results
from descent.analysis.tables import build


def scales(e, alone):
    m = np.median([x for x, own in zip(e, alone, strict=True) if not own] or [0.0])
    return np.array([2 * x if own else x + m for x, own in zip(e, alone, strict=True)])


def intervals(rows, alone, alpha, step, folds):
    """The section "Intervals", and what "Folds" adds; folds: the places of the seeds of each."""
    d = np.array(rows)
    n = d.shape[1]
    if min(map(len, folds)) < 2:  # the folds' means are the sample
        d = np.array([[row[fold].mean() for fold in folds] for row in d])
        n, folds = d.shape[1], [list(range(d.shape[1]))]
    means = [np.mean([row[fold].mean() for fold in folds]) for row in d]
    per_sd = math.sqrt(sum(1 / len(fold) for fold in folds)) / len(folds)
    squares = [sum(((row[fold] - row[fold].mean()) ** 2).sum() for fold in folds) for row in d]
    sd = np.sqrt(np.array(squares) / (n - len(folds)))
    e = np.maximum(sd, step) * per_sd
    student = stats.t.ppf(1 - alpha / (2 * len(d)), n - len(folds))
    if n < 6:
        return np.array(means), student * e
    if len(folds) > 1:
        noise = np.hstack([d[:, fold] @ linalg.helmert(len(fold)).T for fold in folds])
    else:
        noise = (d - d.mean(axis=1, keepdims=True)) * math.sqrt(n / (n - 1))
    size = noise.shape[1]
    assert size <= 12, "the page names no seed for more"
    turned = [noise * (1, *signs) for signs in itertools.product((1, -1), repeat=size - 1)]
    half, left = np.zeros(len(d)), list(range(len(d)))
    alone = np.array(alone)
    while left:
        largest = []
        for t in turned:
            spread = np.maximum(t[left].std(axis=1, ddof=1), step) / math.sqrt(size)
            largest.append((abs(t[left].mean(axis=1)) / scales(spread, alone[left])).max())
        critical = sorted(largest)[-math.floor(alpha * len(turned)) - 1]
        half[left] = critical * scales(e[left], alone[left])
        found = [i for i in left if abs(means[i]) > half[i]]
        left = [i for i in left if i not in found] if found else []
    return np.array(means), np.where(sd < step, np.maximum(half, student * step * per_sd), half)


def judged(scores, untrained, margin, step, folds):
    """Verdicts and intervals of every pair of one family at one look; None for a lost run."""
    worst = min([untrained, *(x for of in scores.values() for x in of if x is not None)])

    def filled(name, value):
        return np.array([value if x is None else x for x in scores[name]])

    rows, bounds, alone = [], [], []
    lost = {name for name, of in scores.items() if None in of}
    least = {name: [x for x in scores[name] if x is not None] for name in lost}
    for pair in itertools.combinations(scores, 2):
        for spared in (None, *(name for name in pair if least.get(name))):
            a, b = (filled(x, min(least[x]) if x == spared else worst) for x in pair)
            rows.append(a - b)
            bounds.append((pair, spared != pair[0], spared != pair[1]))
            alone.append(bool(lost & set(pair) - {spared}))
    means, halves = intervals(rows, alone, 0.05, step, folds)
    found = {}
    for (pair, lower, upper), mean, half in zip(bounds, means, halves, strict=True):
        known = found.setdefault(pair, [mean, -math.inf, math.inf])
        known[1] = max(known[1], mean - half if lower else -math.inf)
        known[2] = min(known[2], mean + half if upper else math.inf)
    for pair, (mean, low, high) in found.items():
        order, ends = (pair, (low, high)) if mean >= 0 else (pair[::-1], (-high, -low))
        within = -margin < ends[0] and ends[1] < margin and not lost & set(pair)
        words = ["better"] * bool(ends[0] > 0) + ["equivalent"] * bool(within)
        yield order, abs(mean), *ends, " and ".join(words) or "undecided"


def on_others(difference, low, high, a, b, right, rivals, folds):
    """The section "These data, and others"; right: what each of the pair got right, by seed."""

    def critical(degrees):
        if rivals == 2:
            return stats.t.isf(0.025, degrees)
        return stats.studentized_range.isf(0.05, rivals, 2 * degrees) / math.sqrt(2)

    if (number := len(folds)) > 1:
        s = np.std([(a - b)[fold].mean() for fold in folds], ddof=1)
        half = critical(number - 1) * math.sqrt(1 / number + 1 / 8) * s
        return min(low, difference - half), max(high, difference + half)
    r = np.subtract(*(np.mean(of, axis=0) for of in right))
    half = critical(math.inf) * r.std(ddof=1) / math.sqrt(len(r))
    below, above = (math.hypot(end - difference, half) for end in (low, high))
    return difference - below, difference + above


def recomputed(folder, runs):
    config = json.loads((folder / "study.json").read_text())
    counting = runs[runs["counts"].eq(True)]
    for (problem, track), of in counting.groupby(["problem", "track"]):
        records = {
            (r.optimizer, r.seed): json.loads(
                next(
                    folder.glob(f"runs/{problem}/{r.optimizer}/{r.candidate}/*{r.seed}*.json")
                ).read_text()
            )
            for r in of.itertuples()
        }
        first = next(iter(records.values()))
        metric = f"test_{first['headline']}"
        metric = metric if metric in first["curve"] else "train_loss"
        sign = 1 if metric.endswith("accuracy") else -1
        seeds = sorted({seed for _, seed in records})

        def final(record, metric=metric, sign=sign):
            last = record["final_whole"].get(metric, record["curve"][metric][-1])
            return sign * last if record["status"] == "finished" else None

        scores = {
            name: [final(records[name, seed]) for seed in seeds] for name in config["optimizers"]
        }
        start = np.mean([records[first["optimizer"], s]["curve"][metric][0] for s in seeds])
        margin = config["problems"][problem].get("margin")
        if margin is None and sign > 0:
            margin = config["margin"]["accuracy"]
        elif margin is None:
            optimum = (first["optimum"] or 0.0) if metric == "train_loss" else 0.0
            margin = config["margin"]["loss"] * abs(start - optimum)
        examples = [
            shape[0]
            for path in folder.glob("data/**/*.json")
            if (dataset := config["problems"][problem].get("dataset")) and dataset in str(path)
            for name, shape in json.loads(path.read_text()).get("shapes", {}).items()
            if name in ("test_labels", "test_reviews")
        ]
        step = 1 / examples[0] if examples and sign > 0 else 0.0
        on_folds = config["datasets"].get(config["problems"][problem].get("dataset"), {})
        on_folds = "reviews" in on_folds.get("use", "")
        of_seed = [seed % 10 if on_folds else 0 for seed in seeds]
        folds = [[i for i, f in enumerate(of_seed) if f == fold] for fold in sorted(set(of_seed))]
        worst = min([sign * start, *(x for of in scores.values() for x in of if x is not None)])
        for order, *numbers, verdict in judged(scores, sign * start, margin, step, folds):
            others = (math.nan, math.nan)
            if step:
                pair = [[worst if x is None else x for x in scores[name]] for name in order]
                right = [
                    [
                        np.unpackbits(
                            np.frombuffer(base64.b64decode(bits), np.uint8), count=examples[0]
                        )
                        if (bits := records[name, seed]["test_correct"])
                        else np.full(examples[0], worst)
                        for seed in seeds
                    ]
                    for name in order
                ]
                others = on_others(*numbers, *map(np.array, pair), right, len(scores), folds)
            yield (problem, track, *order), (*numbers, margin, *others), verdict


def compared(folder, runs, comparisons):
    keys = ["problem", "track", "optimizer", "rival"]
    table = comparisons.set_index(keys)
    seen = set()
    for key, numbers, verdict in recomputed(folder, runs):
        row = table.loc[key]
        assert row["verdict"] == verdict, key
        columns = ["difference", "low", "high", "margin", "low_other_data", "high_other_data"]
        expected = row[columns].to_numpy(dtype=float)
        np.testing.assert_allclose(numbers, expected, rtol=1e-9, atol=1e-12)
        seen.add(key)
    assert seen == set(table.index)


@pytest.mark.parametrize("seeds", [10, 3])
def test_the_page_suffices_to_recompute_every_verdict(tmp_path, seeds):
    study = fabricate(tmp_path, evaluation_seeds=tuple(range(10, 10 + seeds)))

    tables = build.build(load_results(study))
    lost = tables["runs"]["status"].eq("diverged") & tables["runs"]["counts"].eq(True)
    assert lost.any()
    compared(tmp_path, tables["runs"], tables["comparisons"])


SMOKE = os.environ.get("DESCENT_SMOKE_RESULTS", "")


@pytest.mark.skipif(not SMOKE, reason="DESCENT_SMOKE_RESULTS names no folder of a smoke study")
def test_the_page_suffices_for_the_smoke_study():
    tables = Path(SMOKE) / "tables"
    runs = pd.read_parquet(tables / "runs.parquet")
    compared(Path(SMOKE), runs, pd.read_csv(tables / "comparisons.csv"))
