"""Do verdicts replicate? Counts over repetitions of a study with other seeds.

``python -m descent.benchmark.replication --config config/digits.yaml --repeats 6`` runs the study
several times with disjoint seeds, below ``results/replication``, and compares every two of them.
``python -m descent.benchmark.replication results/a results/b`` compares finished studies, such as
those of one config on two machines.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import yaml

from descent.analysis.tables.study_tables import read_table
from descent.foundation.command_line import command_parser

#: How far apart the seeds of two repetitions are.
SEED_STEP = 1000
#: Published files, which all repetitions share.
DOWNLOADS = Path("results/downloads")
KEYS = ["problem", "track", "pair"]


def replicate(snakefile: Path, config: Path, repeats: int, folder: Path) -> list[Path]:
    """Run a study several times with disjoint seeds.

    Parameters
    ----------
    snakefile, config : Path
        The workflow and the study's config.
    repeats : int
        How many times, >= 1.
    folder : Path
        Where the repetitions are made; a finished one is kept.

    Returns
    -------
    list of Path
        The folders of the finished studies.
    """
    given = yaml.safe_load(config.read_text(encoding="utf-8"))
    seeds = given["seeds"]
    finished = []
    for repeat in range(repeats):
        place = folder.resolve() / f"{repeat}"
        study = place / "results" / given["study"]
        if not (study / "tables" / "comparisons.csv").is_file():
            shift = SEED_STEP * repeat
            evaluation = {**seeds["evaluation"], "first": seeds["evaluation"]["first"] + shift}
            tuning = [seed + shift for seed in seeds["tuning"]]
            own = place / config.name
            place.mkdir(parents=True, exist_ok=True)
            content = {**given, "seeds": {"tuning": tuning, "evaluation": evaluation}}
            own.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
            if DOWNLOADS.is_dir() and not (place / DOWNLOADS).exists():
                study.parent.mkdir(parents=True, exist_ok=True)
                (place / DOWNLOADS).symlink_to(DOWNLOADS.resolve())
            command = [sys.executable, "-m", "snakemake", "tables", "--cores", "all"]
            command += ["--snakefile", str(snakefile.resolve()), "--directory", str(place)]
            subprocess.run([*command, "--configfile", str(own)], check=True)  # noqa: S603
        finished.append(study)
    return finished


def compare(studies: Iterable[Path]) -> pd.DataFrame:
    """Return, by problem and track, what every two of some studies say of the same pairs.

    Parameters
    ----------
    studies : iterable of Path
        Folders of finished studies.

    Returns
    -------
    DataFrame
        ``comparisons`` of a pair in two studies; of these ``better_in_both``, ``opposite`` (better
        in both, not the same one) and ``disjoint`` (intervals that do not overlap); ``undecided``,
        the share of undecided pairs of one study.
    """
    tables = [_signed(folder) for folder in studies]
    rows = []
    for one, other in itertools.combinations(tables, 2):
        both = one.merge(other, on=KEYS, suffixes=("", "_other"))
        better = both["better"] & both["better_other"]
        apart = (both["low"] > both["high_other"]) | (both["low_other"] > both["high"])
        opposite = better & (both["first_leads"] != both["first_leads_other"])
        rows.append(
            both[KEYS].assign(
                comparisons=1, better_in_both=better, opposite=opposite, disjoint=apart
            )
        )
    counted = pd.concat(rows).groupby(KEYS[:2]).sum(numeric_only=True)
    undecided = pd.concat(tables).groupby(KEYS[:2])["undecided"].mean()
    return counted.assign(undecided=undecided.round(3)).reset_index()


def _signed(folder: Path) -> pd.DataFrame:
    """Return ``comparisons`` with the names of a pair in one order, whichever leads."""
    table = read_table("comparisons", folder / "tables" / "comparisons.csv")
    first_leads = table["optimizer"] < table["rival"]
    low, high = table["low"].fillna(-float("inf")), table["high"].fillna(float("inf"))
    names = table[["optimizer", "rival"]]
    return table[["problem", "track"]].assign(
        pair=names.min(axis=1) + " " + names.max(axis=1),
        first_leads=first_leads,
        better=table["verdict"].str.startswith("better"),
        undecided=table["verdict"] == "undecided",
        low=low.where(first_leads, -high),
        high=high.where(first_leads, -low),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run repetitions of a study if asked to, compare finished ones, and print the counts."""
    parser = command_parser("descent.benchmark.replication", __doc__)
    parser.add_argument("studies", nargs="*", type=Path, help="folders of finished studies")
    parser.add_argument("--config", type=Path, help="config of a study to repeat")
    parser.add_argument("--repeats", type=int, default=6, help="how often it is repeated")
    parser.add_argument("--snakefile", type=Path, default=Path("Snakefile"), help="the workflow")
    given = parser.parse_args(arguments)
    studies: list[Path] = given.studies
    if given.config is not None:
        folder = Path("results/replication") / given.config.stem
        studies = [*studies, *replicate(given.snakefile, given.config, given.repeats, folder)]
    if len(studies) < 2:
        parser.error("name two finished studies or more, or a config to repeat")
    print(compare(studies).to_string(index=False))


if __name__ == "__main__":
    main()
