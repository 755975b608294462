"""A fabricated study with all that its paper reads; stand-ins take the place of its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fabricated_study import fabricate

from descent.analysis import findings
from descent.analysis.tables import build, cost
from descent.figures.study_figures import files
from descent.foundation.atomic_files import write_json
from descent.reproducibility import provenance

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="245pt" height="9pt"><title>{}</title></svg>'
MACHINE = dict.fromkeys(("cores", "system", "python", "numpy", "scipy", "blas"), "made up")


def finished(folder: Path, **of_study: Any) -> Path:
    """Fabricate a finished study and return its plan, ``study.json``."""
    of_study = {
        "optimizers": ("sgd", "momentum", "adam"),
        "problems": ("network", "convex"),
        "tuning_seeds": (0,),
        "points": 3,
        "figures": {"formats": ["svg"]},
        **of_study,
    }
    study = fabricate(folder, **of_study)
    plan = str(folder / "study.json")
    assert build.main([plan]) == cost.main([plan]) == 0
    assert findings.main([plan, "--output", str(folder / "findings.md")]) == 0
    write_json(folder / "provenance/config.json", study.config)
    for file in study.data_of(study.runs()):
        if not file.is_file():  # an optimum that nobody computed
            write_json(file, {})
    write_json(folder / "provenance/manifest.json", provenance.manifest(study))
    machines = provenance.machines(study)
    machines["runs"] = [MACHINE | kind for kind in machines["runs"]]
    write_json(folder / "provenance/machines.json", machines)
    of_problems = (files(study.config, problem) for problem in (None, *study.problems))
    for file in (file for some in of_problems for file in some):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        content = SVG.format(file) if file.endswith("svg") else f"Caption of {file}."
        (folder / file).write_text(content, encoding="utf-8")
    return folder / "study.json"
