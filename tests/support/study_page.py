"""A fabricated study with its page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fabricated_study import fabricate

from descent.analysis.tables import build as tables
from descent.report import figures
from descent.report.__main__ import main


def placeholder_figures(folder: Path, config: dict[str, Any]) -> None:
    """Write something in place of every figure that the page reads."""
    for place in figures.page_figures(config):
        for file in place.files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            svg = (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="504pt"><title>{file}</title></svg>'
            )
            content = svg if file.endswith("svg") else f"See {file}."
            (folder / file).write_text(content, encoding="utf-8")


def made(folder: Path, **of_study: Any) -> dict[str, Any]:
    """Fabricate a study with its tables and placeholders for its figures; return its config."""
    of_study = {
        "optimizers": ("sgd", "adam", "lion"),
        "problems": ("network", "valley"),
        "tuning_seeds": (0,),
        "points": 3,
        **of_study,
    }
    study = fabricate(folder, **of_study)
    assert tables.main([str(folder / "study.json")]) == 0
    placeholder_figures(folder, study.config)
    return study.config


def written(folder: Path, name: str = "report/index.html") -> str:
    """Write the page of a study and return it."""
    page = folder / name
    assert main([str(folder / "study.json"), "--output", str(page)]) == 0
    return page.read_text(encoding="utf-8")
