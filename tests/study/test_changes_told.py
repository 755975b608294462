"""What is said of settings and code that have changed since the files of a study were made."""

from pathlib import Path

from study_config import changed
from trained_study import planned

from descent.foundation.atomic_files import write_json
from descent.study.config.loading import validate
from descent.study.grids import with_grids
from descent.study.origins import changes
from descent.study.plan import Study

RULE = "from descent.optimizers import SGD\nclass Mine(SGD):\n    pass\n"


def test_changed_settings_and_code_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(RULE, encoding="utf-8")
    own = {"optimizers/mine": {"use": "mine.py:Mine"}}
    before = planned(changed(own))
    sources = {p: {o: before.source(p, o) for o in before.optimizers} for p in before.problems}
    manifest = before.folder / "provenance" / "manifest.json"
    write_json(manifest, {"sources": sources})
    assert list(changes(before)) == []
    now = changed({**own, "problems/valley/epochs": 40, "threads": 2})
    after = Study(with_grids(validate(now)), before.folder)
    write_json(manifest, {"sources": {p: {**of, "mine": "old"} for p, of in sources.items()}})
    said = ["threads 1 to 2", "problems.valley.epochs 10 to 40"]
    assert list(changes(after)) == [*said, "code of mine: mine.py"]
    write_json(manifest, {"sources": {"mlp": dict.fromkeys(before.optimizers, "old")}})
    assert list(changes(after)) == [*said, "code that trains mlp"]
