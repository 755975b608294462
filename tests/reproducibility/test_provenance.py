"""The archive of a study's sources: every file has a place of its own, wherever the study ran."""

import io
import tarfile

from trained_study import planned

from descent.reproducibility.provenance import archive, plug_ins, sources

RULE = (
    "from descent.optimizers import Adam\nfrom {helper} import DECAY\nclass Mine(Adam):\n    pass\n"
)


def names_in(content):
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return tar.getnames()


def test_the_workflow_is_archived_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = names_in(archive(sources()))
    assert {"Snakefile", "workflow/rules/train.smk", "workflow/descent/training/loop.py"} <= set(
        names
    )
    assert names == sorted(set(names))
    assert not any("__pycache__" in name or name.startswith("/") for name in names)


def test_plug_ins_of_one_name_in_two_folders_are_both_archived(tmp_path, monkeypatch):
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder in (here, elsewhere):
        folder.mkdir()
        (folder / "mine.py").write_text(RULE.format(helper="helper_of_mine"))
    (here / "helper_of_mine.py").write_text("DECAY = 0.1\n")
    monkeypatch.chdir(here)
    study = planned(
        {
            "study": "two",
            "problems": {"p": {"use": "quadratic", "epochs": 1}},
            "optimizers": {
                "a": {"use": "mine.py:Mine"},
                "b": {"use": f"{elsewhere}/mine.py:Mine"},
            },
        }
    )
    place = (elsewhere / "mine.py").relative_to("/").as_posix()
    assert sorted(plug_ins(study)) == ["helper_of_mine.py", "mine.py", f"plugins/{place}"]
    assert len(names_in(archive(plug_ins(study)))) == 3
