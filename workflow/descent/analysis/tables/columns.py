"""Every table of a study and every column of it: name, unit, meaning.

The tables are written in this order, column by column, and ``docs/tables.md`` is made from here:
``python -m descent.analysis.tables.columns --output docs/tables.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from descent.foundation.command_line import command_parser


@dataclass(frozen=True)
class Column:
    """One column of a table; ``unit`` is ``-`` where there is none, and ``text`` of what is text.

    A name such as ``NA`` or ``1`` is text because its column says so, not by what it looks like.
    """

    name: str
    unit: str
    meaning: str

    @property
    def is_text(self) -> bool:
        """Whether the cells are text."""
        return self.unit == "text"


@dataclass(frozen=True)
class Table:
    """One table: the file's suffix, the folder of the study it is in, what a row is."""

    suffix: str
    row: str
    columns: tuple[Column, ...]
    folder: str = "tables"
    typeset: bool = False

    @property
    def text_types(self) -> dict[str, str]:
        """The type that pandas gives the columns of text."""
        return {column.name: "str" for column in self.columns if column.is_text}


PROBLEM = Column("problem", "text", "name of the problem's config entry")
OPTIMIZER = Column("optimizer", "text", "name of the optimizer's config entry")
TRACK = Column(
    "track",
    "text",
    "`tuned`: learning rate chosen on a grid; `default`: the optimizer's default learning rate; "
    "`searched`: setting chosen by random search",
)
CANDIDATE = Column(
    "candidate",
    "text",
    "setting of the optimizer: `lr-0.001` or `trial-007` in tuning; the track in evaluation",
)
SEED = Column("seed", "-", "seed of the initial parameters, the batch order and the fold")
METRIC = Column("metric", "text", "column of a run's curve that is compared, e.g. `test_accuracy`")
SEEDS = Column("seeds", "runs", "number of evaluation seeds")


#: Which runs are evaluated on a split, see :func:`descent.training.loop.train`.
_EVALUATED_ON = {
    "train": "; empty in tuning runs, unless they have no validation split",
    "validation": "",
    "test": "; empty in tuning runs",
}


def _of_splits(prefix: str, describe: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(
        Column(
            f"{prefix}{split}_{kind}",
            "nats or the loss's own" if kind == "loss" else "as the headline",
            describe[split].format(
                what="loss" if kind == "loss" else "headline metric", split=split
            )
            + runs,
        )
        for split, runs in _EVALUATED_ON.items()
        for kind in ("loss", "metric")
    )


def _alike(describe: str) -> dict[str, str]:
    return dict.fromkeys(_EVALUATED_ON, describe)


#: What the curve of a run is evaluated on, see ``training_sample`` of the problems.
_OF_CURVE = _alike("{what} on the {split} split") | {
    "train": "{what} on the train split or on a fixed sample of it: 5,000 labelled vectors "
    "(standard error of an accuracy at most 0.7 points), 400 reviews of a network over sentences "
    "(at most 2.5 points)"
}


def _of_target(what: str, unit: str) -> tuple[Column, ...]:
    return (
        PROBLEM,
        TRACK,
        Column("optimizer", "text", "the one that is faster on these seeds"),
        Column("rival", "text", "the other"),
        Column(
            "verdict",
            "text",
            "as in `comparisons`, of the logarithm of the time; a miss is slower than any hit",
        ),
        Column(
            "ratio",
            "-",
            f"geometric mean of the rival's {what} by the optimizer's; empty if a run missed",
        ),
        Column("low", "-", "lower end of its interval, as in `comparisons`"),
        Column("high", "-", "upper end"),
        Column("margin", "-", "the smallest ratio that matters"),
        Column("seeds", "seeds", "seeds that both have and were looked at"),
        Column("median", unit, "the optimizer's median; empty if its median run missed"),
        Column("rival_median", unit, "the rival's"),
    )


TABLES: dict[str, Table] = {
    "seeds": Table(
        "csv",
        "A stage of the study.",
        (
            Column("stage", "text", "`tuning` or `evaluation`"),
            Column("seeds", "text", "the seeds, separated by spaces"),
            Column("used_for", "text", "purpose of the runs on these seeds"),
        ),
    ),
    "runs": Table(
        "parquet",
        "A run.",
        (
            PROBLEM,
            OPTIMIZER,
            Column("stage", "text", "`tuning` or `evaluation`"),
            Column(
                "track",
                "text",
                "track of an evaluation run, or the track for which a tuning run was made",
            ),
            CANDIDATE,
            SEED,
            Column("learning_rate", "-", "learning rate before any schedule"),
            Column("hyperparameters", "text", "all hyper-parameters, as JSON"),
            Column("status", "text", "`finished`, `diverged` or `timeout`"),
            Column("epochs", "epochs", "training budget"),
            Column("steps", "steps", "steps taken"),
            Column("steps_per_epoch", "steps", "mini-batches in an epoch"),
            Column("parameters", "-", "length of the parameter vector"),
            Column("state_bytes_per_parameter", "bytes", "optimizer state per parameter"),
            Column("headline", "text", "metric that the tables compare"),
            *_of_splits(
                "final_",
                _alike("{what} on the whole {split} split at the end; empty if unfinished"),
            ),
            *_of_splits("best_", _alike("best {what} of the run's curve on the {split} split")),
            Column(
                "best_validation_epoch",
                "epochs",
                "first epoch with the best headline metric on validation",
            ),
            Column(
                "area_log_loss",
                "log10 of the loss",
                "mean of log10(train loss) over the run's curve; "
                "of log10(train loss - optimum) where the optimum is known",
            ),
            Column("optimum", "the loss's own", "smallest possible training loss, where known"),
            Column("distance", "the loss's own", "final training loss minus the optimum"),
            Column("target_metric", "text", "column of the curve to which the target applies"),
            Column("target_value", "as the metric", "the target"),
            Column("target_reached", "-", "whether any evaluation reached the target"),
            Column(
                "steps_to_target",
                "steps",
                "first evaluation that reached the target; if none did, censored at the budget",
            ),
            Column("epochs_to_target", "epochs", "the same in epochs"),
            Column(
                "gradient_evaluations_to_target",
                "evaluations",
                "gradients evaluated until then; empty if the target was missed",
            ),
            Column("fingerprint", "text", "digest of the problem and its data"),
            Column("initial_parameters", "text", "SHA-256 of the initial parameters"),
            Column("identity", "text", "digest of everything that determines the record"),
        ),
    ),
    "curves": Table(
        "parquet",
        "An evaluation of a run.",
        (
            PROBLEM,
            OPTIMIZER,
            CANDIDATE,
            SEED,
            Column("step", "steps", "steps taken so far"),
            Column("epoch", "epochs", "the same in epochs"),
            Column(
                "mini_batch_loss",
                "the loss's own",
                "mean loss of the mini-batches since the previous evaluation; empty at step 0",
            ),
            *_of_splits("", _OF_CURVE),
            Column("distance", "the loss's own", "training loss minus the optimum, where known"),
        ),
    ),
    "learning_curves": Table(
        "csv",
        "An evaluation of an optimizer's runs on the evaluation seeds.",
        (
            PROBLEM,
            TRACK,
            OPTIMIZER,
            Column("epoch", "epochs", "time of the evaluation"),
            Column(
                "quantity",
                "text",
                "`distance`: training loss minus the optimum; `train_loss` if it is unknown",
            ),
            Column(
                "mean",
                "as the quantity",
                "geometric mean over the runs that reached this epoch; "
                "arithmetic mean if a value is not positive",
            ),
            Column(
                "low",
                "as the quantity",
                "lower end of its 95 % interval: Student's t, on the "
                "logarithm for a geometric mean",
            ),
            Column("high", "as the quantity", "upper end"),
            Column("runs", "runs", "runs that reached this epoch"),
            Column("seeds", "runs", "number of evaluation seeds"),
        ),
    ),
    "metric_curves": Table(
        "parquet",
        "An evaluation of an optimizer's runs on the evaluation seeds, in one metric.",
        (
            PROBLEM,
            TRACK,
            OPTIMIZER,
            Column("metric", "text", "the reported metric, or that of the target"),
            Column("epoch", "epochs", "time of the evaluation"),
            Column(
                "mean",
                "as the metric",
                "mean over the runs that reached this epoch; of a loss, as in `learning_curves`",
            ),
            Column("low", "as the metric", "lower end of its 95 % interval: Student's t"),
            Column("high", "as the metric", "upper end"),
            Column("runs", "runs", "runs that reached this epoch"),
            Column("seeds", "runs", "number of evaluation seeds"),
        ),
    ),
    "tuned": Table(
        "csv",
        "The setting chosen for an optimizer on a problem.",
        (
            PROBLEM,
            TRACK,
            OPTIMIZER,
            CANDIDATE,
            Column("learning_rate", "-", "the chosen learning rate"),
            Column("hyperparameters", "text", "hyper-parameters set by the candidate, as JSON"),
            METRIC,
            Column("mean", "as the metric", "mean of the metric over the tuning seeds"),
            Column("candidates", "-", "number of candidates"),
            Column("decades", "decades", "width of the grid; empty for random search"),
            Column("on_edge", "-", "whether the chosen learning rate is at an end of the grid"),
            Column("unfinished_candidates", "-", "candidates with an unfinished run"),
            Column("tuning_seeds", "text", "the seeds, separated by spaces"),
        ),
    ),
    "tuning_stability": Table(
        "csv",
        "A chosen setting, and how often bootstrap samples of the tuning seeds choose it again.",
        (
            PROBLEM,
            TRACK,
            OPTIMIZER,
            CANDIDATE,
            METRIC,
            Column("same_choice", "-", "chance that a sample chooses the same; empty for one seed"),
            Column("other_choice", "text", "the likeliest other choice"),
            Column("other_share", "-", "its chance"),
            Column(
                "expected_cost",
                "as the metric",
                "how much worse than the choice that of a sample is on all tuning seeds, mean over "
                "the samples",
            ),
            Column("largest_cost", "as the metric", "the same for the costliest choice"),
            Column("tuning_seeds", "seeds", "how many there are"),
        ),
    ),
    "leaderboard": Table(
        "csv",
        "An optimizer on a problem, in one track, over the evaluation seeds.",
        (
            PROBLEM,
            TRACK,
            Column(
                "rank",
                "-",
                "smallest share of unfinished runs first, then the mean lead over all others on "
                "common seeds, which is the order of the means if all have the same seeds",
            ),
            OPTIMIZER,
            Column("contender", "-", "whether it may be the best: no other is better"),
            METRIC,
            Column("mean", "as the metric", "mean over the finished runs"),
            Column("low", "as the metric", "lower end of the 95 % bootstrap interval of the mean"),
            Column("high", "as the metric", "upper end"),
            Column("sd", "as the metric", "standard deviation between seeds"),
            SEEDS,
            Column("unfinished", "runs", "evaluation runs that diverged or timed out"),
            Column("untrained", "as the metric", "mean of the metric before the first step"),
            Column(
                "learned",
                "-",
                "whether the interval of the mean is better than that by more than the margin",
            ),
            Column("better_than", "text", "the optimizers that it is better than, best first"),
            Column("worse_than", "text", "those that are better"),
            Column("equivalent_to", "text", "those that it is equivalent to within the margin"),
            Column("undecided_with", "text", "those of which it is undecided"),
            Column("learning_rate", "-", "learning rate of the runs"),
            Column("on_edge", "-", "whether it is at an end of the grid"),
            Column("train_loss", "the loss's own", "mean final training loss"),
            Column("validation_metric", "as the metric", "mean final headline on validation"),
            Column("area_log_loss", "log10 of the loss", "mean over seeds; see `runs`"),
            Column("distance", "the loss's own", "mean final training loss minus the optimum"),
            Column("target_reached", "runs", "runs that reached the target"),
            Column(
                "median_steps_to_target",
                "steps",
                "median over seeds; empty if the median run did not reach the target",
            ),
            Column("median_epochs_to_target", "epochs", "the same in epochs"),
        ),
        typeset=True,
    ),
    "comparisons": Table(
        "csv",
        "A pair of optimizers on a problem, in one track, paired by seed.",
        (
            PROBLEM,
            TRACK,
            Column("optimizer", "text", "the one that does better on these seeds"),
            Column("rival", "text", "the other"),
            METRIC,
            Column(
                "verdict",
                "text",
                "`better`: the interval is above zero; `equivalent`: within the margin; `better "
                "and equivalent`: a real difference that does not matter; `undecided`: neither",
            ),
            Column(
                "difference",
                "as the metric",
                "mean lead of the optimizer, at least 0; empty if a run of the pair did not "
                "finish: then the order on each seed decides",
            ),
            Column(
                "low",
                "as the metric",
                "lower end of its interval; all intervals of a problem and track, at every look, "
                "hold at once with 95 %",
            ),
            Column("high", "as the metric", "upper end"),
            Column("margin", "as the metric", "the smallest difference that matters"),
            Column("seeds", "seeds", "seeds that both have and were looked at"),
            Column("wins", "-", "share of these seeds on which the optimizer wins, draws half"),
            Column(
                "low_other_data",
                "as the metric",
                "lower end of the interval for other data of the same source and size: with the "
                "sampling error of a fixed test set, at its largest, or of overlapping folds; "
                "empty if the metric is no accuracy",
            ),
            Column("high_other_data", "as the metric", "upper end"),
            Column(
                "corpus_too_small",
                "-",
                "whether it is undecided and more seeds on the same folds will not change that",
            ),
        ),
        typeset=True,
    ),
    "resolution": Table(
        "csv",
        "A problem and track, and what its seeds can see.",
        (
            PROBLEM,
            TRACK,
            METRIC,
            Column("seeds", "seeds", "seeds of the optimizers in front"),
            Column(
                "deviation",
                "as the metric",
                "standard deviation of the paired differences, median over the pairs in front; "
                "of their means by fold where seeds share folds",
            ),
            Column(
                "least_difference",
                "as the metric",
                "the least true difference that these seeds show with probability 0.8",
            ),
            Column("margin", "as the metric", "the smallest difference that matters"),
            Column(
                "seeds_for_margin",
                "seeds",
                "seeds that show a difference as large as the margin with probability 0.8; empty "
                "if more than 10,000, or if they share folds",
            ),
            Column(
                "seeds_for_equivalence",
                "seeds",
                "seeds that show two without a difference to be equivalent, likewise",
            ),
            Column("at_most", "seeds", "seeds that an optimizer may be given"),
            Column("undecided", "pairs", "pairs that are undecided"),
            Column("pairs", "pairs", "all pairs"),
            Column(
                "optimism_of_leader",
                "as the metric",
                "how much the mean of the leader is expected to owe to luck, by the bootstrap",
            ),
        ),
    ),
    "steps_to_target": Table(
        "csv",
        "A pair of optimizers on a problem with a target, by the steps to it.",
        _of_target("steps", "steps"),
    ),
    "gradients_to_target": Table(
        "csv",
        "A pair of optimizers on a problem with a target, by the gradients evaluated to it.",
        _of_target("gradient evaluations", "evaluations"),
    ),
    "learning_rates": Table(
        "csv",
        "A point of an optimizer's grid, over the tuning seeds.",
        (
            PROBLEM,
            OPTIMIZER,
            CANDIDATE,
            Column("learning_rate", "-", "the learning rate"),
            Column("hyperparameters", "text", "other hyper-parameters of the grid, as JSON"),
            METRIC,
            Column("mean", "as the metric", "mean over the finished runs"),
            Column("least", "as the metric", "smallest of these values"),
            Column("greatest", "as the metric", "largest of these values"),
            Column("runs", "runs", "number of tuning seeds"),
            Column("unfinished", "runs", "runs that diverged or timed out"),
            Column("chosen", "-", "whether tuning chose it"),
            Column(
                "others_chosen", "-", "whether all other hyper-parameters are as chosen by tuning"
            ),
        ),
    ),
    "sensitivity": Table(
        "csv",
        "The sensitivity of an optimizer to its learning rate, all else as chosen by tuning.",
        (
            PROBLEM,
            OPTIMIZER,
            METRIC,
            Column("best_learning_rate", "-", "chosen learning rate"),
            Column("best", "as the metric", "mean over the tuning seeds at this learning rate"),
            Column("worst", "as the metric", "worst finite mean of the grid"),
            Column(
                "robust_decades",
                "decades",
                "width of the range of learning rates around the best, "
                "within 5 % of its loss or half a point of its accuracy",
            ),
            Column("robust_low", "-", "lower end of the range"),
            Column("robust_high", "-", "upper end of the range"),
            Column("robust_censored", "-", "whether the range reaches an end of the grid"),
            Column(
                "competitive_decades",
                "decades",
                "width of the range within the same tolerance of the best "
                "result of any optimizer on the problem; 0 if there is none",
            ),
            Column("default_learning_rate", "-", "learning rate of the default track"),
            Column("runs", "runs", "runs of the grid"),
            Column("unfinished", "runs", "of these, runs that diverged or timed out"),
            Column("divergence_rate", "-", "share of unfinished runs"),
        ),
        typeset=True,
    ),
    "tuning_budget": Table(
        "csv",
        "An optimizer on a problem after a number of tuning trials.",
        (
            PROBLEM,
            TRACK,
            OPTIMIZER,
            METRIC,
            Column("trials", "trials", "number of settings drawn without replacement"),
            Column(
                "expected_best",
                "as the metric",
                "unbiased estimate of the expected best of these; "
                "an unfinished trial counts as the untrained model",
            ),
            Column("rank", "-", "rank by expected best; ties share the mean rank"),
            Column("probability_none_finishes", "-", "probability that all of them diverge"),
        ),
        typeset=True,
    ),
    "crossings": Table(
        "csv",
        "A change in the order of two optimizers as the tuning budget grows.",
        (
            PROBLEM,
            TRACK,
            Column("trials", "trials", "smallest budget with the new order"),
            OPTIMIZER,
            Column("overtakes", "text", "optimizer that it overtakes"),
        ),
    ),
    "across_problems": Table(
        "csv",
        "An optimizer over all problems of the study, in one track.",
        (
            TRACK,
            OPTIMIZER,
            Column("problems", "-", "number of problems"),
            Column(
                "interquartile_mean",
                "-",
                "interquartile mean of the normalised scores over all problems and seeds: 0 is the "
                "untrained model, 1 the mean of the best optimizer; an unfinished run scores 0",
            ),
            Column(
                "low", "-", "lower end of its 95 % interval; seeds are resampled within problems"
            ),
            Column("high", "-", "upper end"),
            Column("mean_rank", "-", "mean rank over the problems; 1 is best"),
            Column("contender", "problems", "problems on which no other is better"),
            Column("unfinished", "runs", "unfinished evaluation runs"),
        ),
    ),
    "profiles": Table(
        "csv",
        "A step of a performance profile.",
        (
            TRACK,
            OPTIMIZER,
            Column(
                "ratio",
                "-",
                "steps to the target, divided by those of the fastest optimizer "
                "on the same problem and seed",
            ),
            Column("share", "-", "share of the instances solved within that ratio"),
            Column("instances", "-", "number of problems with a target times evaluation seeds"),
        ),
    ),
    "critical_difference": Table(
        "csv",
        "The mean rank of an optimizer over ten problems or more; empty for fewer.",
        (
            TRACK,
            OPTIMIZER,
            Column("problems", "-", "number of problems"),
            Column("mean_rank", "-", "1 is best"),
            Column(
                "cliques",
                "text",
                "cliques of the optimizer: members of a clique do not differ "
                "significantly in Wilcoxon's test with Holm's correction",
            ),
            Column("friedman_p_value", "-", "p-value of Friedman's test of equal ranks"),
        ),
    ),
    "warnings": Table(
        "csv",
        "A warning.",
        (
            Column(
                "check", "text", "check of `descent.analysis.study_warnings` that gave the warning"
            ),
            PROBLEM,
            OPTIMIZER,
            TRACK,
            Column("message", "text", "text of the warning"),
        ),
        typeset=True,
    ),
    "cost": Table(
        "csv",
        "The cost of an optimizer on a problem. Times differ between runs and machines.",
        (
            PROBLEM,
            OPTIMIZER,
            Column("runs", "runs", "number of runs with recorded costs"),
            Column(
                "milliseconds_per_step",
                "ms",
                "median over runs of training time per step, without evaluation",
            ),
            Column("milliseconds_low", "ms", "first quartile"),
            Column("milliseconds_high", "ms", "third quartile"),
            Column("optimizer_share", "-", "median share of this time in the optimizer's update"),
            Column("state_bytes_per_parameter", "bytes", "optimizer state per parameter"),
            Column("training_seconds", "s", "processor time of the training steps of all runs"),
            Column("evaluation_seconds", "s", "processor time of the evaluations of all runs"),
            Column(
                "startup_seconds",
                "s",
                "median processor time of all else, such as opening the data",
            ),
            Column("peak_memory_megabytes", "MB", "largest resident set size of any run"),
        ),
        folder="timing",
        typeset=True,
    ),
    "seconds_to_target": Table(
        "csv",
        "A pair of optimizers on a problem with a target, by the training time to it.",
        _of_target("training time", "s"),
        folder="timing",
    ),
}


def file_name(table: str) -> str:
    """Return a table's place below the study's folder: ``tables/leaderboard.csv``."""
    return f"{TABLES[table].folder}/{table}.{TABLES[table].suffix}"


def files(folder: str = "tables") -> list[str]:
    """Return every file that the tables of one folder are written to.

    Parameters
    ----------
    folder : {"tables", "timing"}
        ``tables`` are the same bytes on every run; ``timing`` are not.
    """
    return [
        f"{folder}/{name}.{suffix}"
        for name, table in TABLES.items()
        if table.folder == folder
        for suffix in (table.suffix, *(("tex", "md") if table.typeset else ()))
    ]


def markdown() -> str:
    """Return the text of ``docs/tables.md``."""
    lines = [
        "# Tables of a study",
        "",
        "This page is written from `workflow/descent/analysis/tables/columns.py` by",
        "`python -m descent.analysis.tables.columns --output docs/tables.md`.",
        "",
        "All tables are below `results/<study>/`. Tables in `tables/` have the same bytes on every",
        "run; tables in `timing/` depend on the speed of the machine. An empty cell means that the",
        "value does not exist. Accuracies are fractions. Tables marked *typeset* are also written",
        "as LaTeX (for `booktabs`) and Markdown, with the columns for a paper.",
    ]
    for name, table in TABLES.items():
        also = " (*typeset*)" if table.typeset else ""
        lines += ["", f"## `{file_name(name)}`{also}", "", f"One row: {_lower(table.row)}", ""]
        lines += ["| column | unit | meaning |", "| --- | --- | --- |"]
        lines += [f"| `{c.name}` | {c.unit} | {c.meaning} |" for c in table.columns]
    return "\n".join(lines) + "\n"


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write ``docs/tables.md``."""
    parser = command_parser("descent.analysis.tables.columns", __doc__)
    parser.add_argument("--output", type=Path, required=True, help="the Markdown file")
    parser.parse_args(arguments).output.write_text(markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
