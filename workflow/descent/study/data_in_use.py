"""Compare the data that a study was trained on with the files as they are now."""

from __future__ import annotations

from descent.data.errors import DataError
from descent.study.plan import Study
from descent.training.identity import read_shared


def describe_change(study: Study, dataset: str, part: str) -> str | None:
    """Describe a change of the files that a part of a dataset was prepared from.

    Parameters
    ----------
    study : Study
        The study.
    dataset : str
        Name of a config entry.
    part : str
        ``fold-3``, or ``all``.

    Returns
    -------
    str or None
        A sentence; None if they have not changed.

    Raises
    ------
    FileNotFoundError
        If the part is not prepared.
    """
    prepared_from = read_shared(study.prepared_dataset(dataset, part))["about"].get("content")
    try:
        changed = study.content_of(dataset) != prepared_from
    except DataError as error:
        return f"{dataset}: {error}"
    return f"{dataset}: its files are not those that it was prepared from" if changed else None


def changed_data(study: Study) -> list[str]:
    """Return a sentence for every dataset whose files have changed since its runs were trained.

    Parameters
    ----------
    study : Study
        A study whose datasets are prepared.
    """
    used = {
        (study.trained[run.problem]["dataset"], study.part(run.problem, run.seed))
        for run in study.runs()
        if study.trained[run.problem].get("dataset") is not None
    }
    found = (describe_change(study, *of_this) for of_this in sorted(used))
    return list(dict.fromkeys(sentence for sentence in found if sentence is not None))
