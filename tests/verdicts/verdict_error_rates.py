"""How often verdicts are wrong, and what they take, in simulated studies.

``python tests/verdicts/verdict_error_rates.py`` prints the tables; tests call its functions.
"""

import itertools
import sys
from math import sqrt

import numpy as np

from descent.verdicts.contenders import rivals_to_continue
from descent.verdicts.folds import Folds
from descent.verdicts.looks import ALPHA, plan_looks
from descent.verdicts.pairs import compare_all
from descent.verdicts.simultaneous import mean_and_half_width

MARGIN = 1.0


def normal(rng, shape):
    return rng.normal(size=shape)


def skewed(rng, shape):
    """Gamma noise of shape 8: mean 0, standard deviation 1, skewness 0.7."""
    return (rng.gamma(8, size=shape) - 8) / sqrt(8)


def one_skewed(rng, shape, noise_of_one=skewed):
    """One rival whose own noise is skewed: all of its differences are."""
    noise = 0.05 * rng.normal(size=shape)
    noise[:, 0] += noise_of_one(rng, (shape[0], shape[2]))
    return noise


def both_signs(rng, shape):
    """Half of the rivals now and then do worse, half of them better."""
    return skewed(rng, shape) * np.where(np.arange(shape[1]) % 2, 1, -1)[:, np.newaxis]


def scales(rng, shape, noise=skewed):
    """Each rival's noise is twice the one before: as many skewed differences as rivals."""
    return noise(rng, shape) * 2.0 ** np.arange(shape[1])[:, np.newaxis]


def exponential(rng, shape):
    """Noise with a skewness of 2."""
    return rng.exponential(size=shape) - 1


def one_exponential(rng, shape):
    return one_skewed(rng, shape, exponential)


def exponential_scales(rng, shape):
    return scales(rng, shape, exponential)


def lognormal(rng, shape):
    """Noise with a skewness of 6."""
    return np.exp(rng.normal(size=shape)) - sqrt(np.e)


def one_lognormal(rng, shape):
    return one_skewed(rng, shape, lognormal)


def lognormal_scales(rng, shape):
    return scales(rng, shape, lognormal)


def heavy_tails(rng, shape):
    return rng.standard_t(3, size=shape)


def rounded(rng, shape):
    """A metric so coarse that most seeds give one of three values."""
    return np.round(0.7 * rng.normal(size=shape))


def rare(rng, shape):
    """One rival is one step better on one seed of seven, all others are always the same."""
    noise = np.zeros(shape)
    noise[:, 0] = (rng.random((shape[0], shape[2])) < 1 / 7) - 1 / 7
    return noise


#: Noise of mean zero, of shape (studies, rivals, seeds), and the step of its values.
NOISE = {
    normal: 0.0,
    one_skewed: 0.0,
    both_signs: 0.0,
    scales: 0.0,
    heavy_tails: 0.0,
    rounded: 1.0,
    rare: 1.0,
}
#: More skewed than what is promised for.
BEYOND = {
    one_exponential: 0.0,
    exponential_scales: 0.0,
    one_lognormal: 0.0,
    lognormal_scales: 0.0,
}


def error_rates(noise, rivals, looks, studies, *, step=0.0, folds=None, seed=0):
    """Return the shares of studies with a wrong "better" and a wrong "equivalent" at any look.

    Once all rivals are equal; once every other one is a margin ahead, or a margin behind, of those
    that are equal. The margin is so wide that "equivalent" comes up.
    """
    rng = np.random.default_rng(seed)
    first, second = np.array(list(itertools.combinations(range(rivals), 2))).T
    apart = (first - second) % 2 == 1
    margin = 1e6
    wrong = np.zeros((studies, 3), dtype=bool)
    for study in range(studies):
        values = noise(rng, (1, rivals, looks[-1].seeds))[0]
        ahead = np.where(apart, margin * rng.choice([-1, 1]), 0.0)[:, np.newaxis]
        for look in looks:
            d = values[first, : look.seeds] - values[second, : look.seeds]
            mean, half = mean_and_half_width(d, look.alpha, step=step, folds=folds)
            wrong[study, 0] |= (np.abs(mean) > half).any()
            mean, half = mean_and_half_width(d + ahead, look.alpha, step=step, folds=folds)
            wrong[study, 1] |= (np.abs(mean) > half)[~apart].any()
            wrong[study, 2] |= (np.abs(mean) + half < margin)[apart].any()
    equal, among_others, equivalent = wrong.mean(axis=0)
    return max(equal, among_others), equivalent


def on_folds(rng, shape, *, between=3.0):
    """Normal noise of seeds on ten folds, which differ by far more, and on the whole by nothing."""
    of_fold = between * rng.normal(size=(*shape[:2], 10))
    of_fold -= of_fold.mean(axis=2, keepdims=True)
    return np.tile(of_fold, shape[2] // 10) + rng.normal(size=shape)


def independent_losses(rng, values, share):
    """Each run is lost with the same chance."""
    return np.where(rng.random(values.shape) < share, -np.inf, values)


def losses_on_hard_seeds(rng, values, share):
    """On a share of the seeds nearly every rival loses its run."""
    hard = rng.random(values.shape[1]) < share
    return np.where(hard & (rng.random(values.shape) < 0.9), -np.inf, values)


def misses(_rng, values, share):
    """The worst values are those of runs that came to no end in time."""
    return np.where(values < np.quantile(NORMAL, share), -np.inf, values)


#: Normal values, whose quantiles say where so many are lost.
NORMAL = np.random.default_rng(0).normal(size=100_000)
LOSSES = (independent_losses, losses_on_hard_seeds, misses)


def error_rate_with_lost_runs(losses, share, rivals, looks, studies, *, cost, folds=None, seed=0):
    """Return the share of studies of equal rivals with a wrong "better" where runs are lost.

    A lost run counts as ``cost`` standard deviations behind; a missed one as where it was lost.
    """
    rng = np.random.default_rng(seed)
    names = [f"rule {i}" for i in range(rivals)]
    worst = np.quantile(NORMAL, share) if losses is misses else -cost
    noise = normal if folds is None else on_folds
    wrong = 0
    for _ in range(studies):
        values = losses(rng, noise(rng, (1, rivals, looks[-1].seeds))[0], share)
        verdicts = compare_all(
            dict(zip(names, values, strict=True)), MARGIN, looks, worst=worst, folds=folds
        )
        wrong += any(pair.better for pair in verdicts)
    return wrong / studies


def tuned_scores(rng, rivals, seeds, *, slope, finalists, tuning_seeds=1, candidates=7):
    """Return the test scores that count, of rivals that are tuned and do not differ.

    A candidate's quality falls with the square of its distance from the middle of the grid by
    ``slope`` standard deviations. Half of the variance of a score is the luck of the run, which
    validation and test see alike. Of shape (rivals, seeds).
    """
    quality = -slope * (np.arange(candidates) - candidates // 2) ** 2.0
    run, validation, test = (
        rng.normal(size=(rivals, tuning_seeds + seeds, candidates)) / sqrt(2) for _ in range(3)
    )
    validation, test = quality + run + validation, quality + run + test
    screened = validation[:, :tuning_seeds].mean(axis=1)
    best = np.argsort(-screened, axis=1)[:, np.newaxis, :finalists]
    own = np.take_along_axis(validation[:, tuning_seeds:], best, axis=2).argmax(axis=2)
    chosen = np.take_along_axis(best[:, 0], own, axis=1)[:, :, np.newaxis]
    return np.take_along_axis(test[:, tuning_seeds:], chosen, axis=2)[:, :, 0]


def error_rate_with_tuning(rivals, studies, *, seeds=10, seed=0, **tuning):
    """Return the share of studies of equal rivals, each tuned, with a wrong "better"."""
    rng = np.random.default_rng(seed)
    first, second = np.array(list(itertools.combinations(range(rivals), 2))).T
    wrong = 0
    for _ in range(studies):
        scores = tuned_scores(rng, rivals, seeds, **tuning)
        mean, half = mean_and_half_width(scores[first] - scores[second], ALPHA)
        wrong += (np.abs(mean) > half).any()
    return wrong / studies


def sequential_study(noise, levels, looks, rng, *, margin=MARGIN, step=0.0):
    """Return the seeds of each rival and the last verdicts of one study that adds seeds itself."""
    names = [f"rule {i}" for i in range(len(levels))]
    values = noise(rng, (1, len(levels), looks[-1].seeds))[0] + np.array(levels)[:, np.newaxis]
    seeds = dict.fromkeys(names, looks[0].seeds)
    for look in looks:
        scores = {n: row[: seeds[n]] for n, row in zip(names, values, strict=True)}
        verdicts = compare_all(scores, margin, looks, step=step)
        following = [later.seeds for later in looks if later.seeds > look.seeds]
        continuing = [n for n in rivals_to_continue(names, verdicts) if seeds[n] == look.seeds]
        if not following or not continuing:
            break
        seeds |= dict.fromkeys(continuing, following[0])
    return seeds, verdicts


def power(difference, rivals, looks, studies, *, named=(), seed=0):
    """Return the shares of studies that find a difference, and that find equals equivalent.

    The noise is normal, the standard deviation of a paired difference is one, the margin is the
    difference. The first rival is ahead of all others, which are equal.
    """
    rng = np.random.default_rng(seed)
    found = np.zeros((studies, 2))
    names = [f"rule {i}" for i in range(rivals)]
    for study in range(studies):
        values = normal(rng, (rivals, looks[-1].seeds)) / sqrt(2)
        for truth, ahead in enumerate((difference, 0.0)):
            scores = dict(zip(names, values, strict=True)) | {names[0]: values[0] + ahead}
            pairs = compare_all(scores, difference, looks, named=named)
            pair = next(p for p in pairs if {p.first, p.second} == {"rule 0", "rule 1"})
            found[study, truth] = (
                pair.equivalent if truth else pair.better and pair.first == names[0]
            )
    return found.mean(axis=0)


def print_error_rates(studies):
    """Print the rates of wrong verdicts."""
    print(f"wrong better / wrong equivalent in {studies} studies, % (promised: at most 5 each)\n")
    print("| noise | rivals | " + " | ".join(describe(*design) for design in DESIGNS) + " |")
    print("| --- | --- |" + " --- |" * len(DESIGNS))
    for noise, step in (NOISE | BEYOND | {on_folds: 0.0}).items():
        for rivals in (2, 3, 10, 20):
            row = [noise.__name__, str(rivals)]
            for design in DESIGNS:
                folds = Folds(tuple(range(10)) * (design[1] // 10), 1 / 8)
                rates = error_rates(
                    noise,
                    rivals,
                    plan_looks(*design),
                    min(studies, 10_000 // rivals),
                    step=step,
                    folds=folds if noise is on_folds else None,
                )
                row.append(" / ".join(f"{100 * rate:.1f}" for rate in rates))
            print(f"| {' | '.join(row)} |", flush=True)


def print_error_rates_with_lost_runs(studies):
    """Print the rate of a wrong "better" between rivals that lose equal shares of their runs."""
    print(f"\nwrong better in {studies} studies, %; equal rivals that lose a share of their runs\n")
    shares = (0.05, 0.1, 0.2, 0.5, 0.8)
    print("| lost | seeds | cost, in s.d. | rivals | " + " | ".join(map(str, shares)) + " |")
    print("| --- | --- | --- | --- |" + " --- |" * len(shares))
    on_ten = Folds(tuple(range(10)) * 4, 1 / 8)
    designs = [((10, 10), None), ((20, 40), None), ((20, 40), on_ten)]
    for losses, (design, folds), cost in itertools.product(LOSSES, designs, (1.0, 5.0, 30.0)):
        if losses is misses and (cost > 1 or folds):
            continue
        for rivals in (2, 10):
            rates = [
                error_rate_with_lost_runs(
                    losses,
                    share,
                    rivals,
                    plan_looks(*design),
                    studies if rivals == 2 else studies // 5,
                    cost=cost,
                    folds=folds,
                )
                for share in shares
            ]
            cells = " | ".join(f"{100 * rate:.1f}" for rate in rates)
            seeds = describe(*design) + (", folds" if folds else "")
            print(f"| {losses.__name__} | {seeds} | {cost:g} | {rivals} | {cells} |", flush=True)


def print_error_rates_with_tuning(studies):
    """Print the rate of a wrong "better" between tuned rivals without a difference."""
    print(f"\nwrong better in {studies} studies of ten seeds, %; each rival tunes 7 candidates\n")
    slopes = (0.0, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0)
    print("| finalists | tuning seeds | rivals | " + " | ".join(map(str, slopes)) + " |")
    print("| --- | --- | --- |" + " --- |" * len(slopes))
    for finalists, tuning_seeds in ((1, 2), (3, 1), (3, 2), (7, 1)):
        for rivals in (2, 10):
            rates = [
                error_rate_with_tuning(
                    rivals, studies, slope=slope, finalists=finalists, tuning_seeds=tuning_seeds
                )
                for slope in slopes
            ]
            cells = " | ".join(f"{100 * rate:.1f}" for rate in rates)
            print(f"| {finalists} | {tuning_seeds} | {rivals} | {cells} |", flush=True)


def print_power(studies):
    """Print the chance to find a difference."""
    print(f"\nbetter / equivalent found, % of {studies} studies, normal differences, ten rivals\n")
    designs = [(*design, named) for named in ((), ("rule 0", "rule 1")) for design in DESIGNS]
    heads = [f"{describe(*d[:2])}{', named' if d[2] else ''}" for d in designs]
    print("| difference or margin, in s.d. | " + " | ".join(heads) + " |")
    print("| --- |" + " --- |" * len(designs))
    for difference in (0.5, 0.75, 1.0, 1.1, 1.5, 2.0):
        found = [power(difference, 10, plan_looks(*d[:2]), studies, named=d[2]) for d in designs]
        cells = " | ".join(f"{100 * a:.0f} / {100 * b:.0f}" for a, b in found)
        print(f"| {difference} | {cells} |", flush=True)


def print_expected_seeds(studies):
    """Print the seeds that studies of ten rivals take if they add them themselves."""
    print(f"\nseeds of a rival, mean over {studies} studies of ten rivals, looks 10 to 40\n")
    print("| levels, in s.d. | margin | seeds | runs of a fixed design saved | pairs decided |")
    print("| --- | --- | --- | --- | --- |")
    looks = plan_looks(10, 40)
    shapes = {
        "all equal": np.zeros(10),
        "one ahead by 1": np.eye(1, 10)[0],
        "0, -1, ..., -9": -np.arange(10.0),
        "0, -0.2, ..., -1.8": -0.2 * np.arange(10),
        "three at 0, seven at -2": np.repeat([0.0, -2.0], [3, 7]),
    }
    for name, levels in shapes.items():
        for margin in (0.5, 1.0):
            rng = np.random.default_rng(0)
            seeds, decided = [], []
            for _ in range(studies):
                # a paired difference has a standard deviation of one
                used, verdicts = sequential_study(
                    lambda rng, shape: normal(rng, shape) / sqrt(2),
                    levels,
                    looks,
                    rng,
                    margin=margin,
                )
                seeds.append(np.mean(list(used.values())))
                decided.append(np.mean([pair.verdict != "undecided" for pair in verdicts]))
            print(
                f"| {name} | {margin} | {np.mean(seeds):.0f} | "
                f"{100 * (1 - np.mean(seeds) / 40):.0f} % | {100 * np.mean(decided):.0f} % |",
                flush=True,
            )


#: Seeds of the first look and of the last.
DESIGNS = ((10, 10), (20, 40))


def describe(first, at_most):
    return f"{first} seeds" if first == at_most else f"looks at {first} and {at_most}"


if __name__ == "__main__":
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print_error_rates(studies)
    print_error_rates_with_lost_runs(studies)
    print_error_rates_with_tuning(studies)
    print_power(studies // 4)
    print_expected_seeds(studies // 20)
