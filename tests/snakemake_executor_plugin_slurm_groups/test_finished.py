import os

import pytest

from snakemake_executor_plugin_slurm_groups.finished import Outputs


@pytest.fixture
def files(tmp_path):
    return [tmp_path / "record.json", tmp_path / "costs.json"]


def submitted(files):
    outputs = Outputs()
    outputs.submit(1, map(str, files))
    return outputs


def test_a_job_has_finished_when_every_output_is_there(files):
    outputs = submitted(files)
    assert not outputs.are_new(1)
    files[0].write_text("new")
    assert not outputs.are_new(1)
    files[1].write_text("new")
    assert outputs.are_new(1)


def test_a_folder_is_made_when_what_is_in_it_is(tmp_path):
    folder = tmp_path / "arrays"
    (folder / "deeper").mkdir(parents=True)
    outputs = submitted([folder])
    assert not outputs.are_new(1)  # the engine makes folders before a job starts
    (folder / "deeper" / "x.npy").write_text("new")
    assert outputs.are_new(1)
    again = submitted([folder])
    assert not again.are_new(1)
    (folder / "deeper" / "x.npy").write_text("newer")
    assert again.are_new(1)


def test_an_output_of_before_is_not_new_whatever_its_date(files):
    for file in files:
        file.write_text("old")
    outputs = submitted(files)
    for file in files:
        file.write_text("old")  # put back by who had a copy
        os.utime(file, (2e9, 2e9))
    assert not outputs.are_new(1)
    for file in files:
        file.write_text("new")
    assert outputs.are_new(1)


def test_what_an_attempt_has_made_counts_for_the_next(files):
    outputs = submitted(files)
    for file in files:
        file.write_text("new")
    outputs.submit(1, map(str, files))
    assert outputs.are_new(1)
