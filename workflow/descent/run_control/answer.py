"""What a run of a study says when it has ended: its answer, and where the page is."""

from __future__ import annotations

from pathlib import Path

SUMMARY = "## Summary\n"


def answer(folder: Path, since: float) -> str:
    """Return the summary of a study's findings and the path of its page.

    Parameters
    ----------
    folder : Path
        ``results/<study>``.
    since : float
        When the run started, in seconds since the epoch.

    Returns
    -------
    str
        A line for each sentence, and one for the page; nothing if this run made no findings.
    """
    findings, page = folder / "findings.md", folder / "report" / "index.html"
    if not (page.is_file() and findings.is_file() and findings.stat().st_mtime >= since):
        return ""
    section = findings.read_text(encoding="utf-8").partition(SUMMARY)[2].partition("\n## ")[0]
    sentences = [line.removeprefix("- ") for line in section.splitlines() if line]
    return "\n".join([*sentences, f"All results: {page}"])
