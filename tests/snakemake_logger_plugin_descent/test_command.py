import os

import pytest

from snakemake_logger_plugin_descent.command import cores, rerun


def test_the_command_names_the_same_study_and_is_quoted_for_a_shell():
    argv = ["-c", "8", "all", "-k", "-s", "there/Snakefile", "-d", "a"]
    argv += ["--configfile", "my study.yaml", "--config", "strict=true"]
    command = rerun(argv, "results/a b.json")
    assert command == (
        "snakemake --cores 1 'results/a b.json' --snakefile there/Snakefile --directory a"
        " --configfile 'my study.yaml' --config strict=true"
    )


@pytest.mark.parametrize(
    ("argv", "number"),
    [("--cores 8", 8), ("-j4 all", 4), ("--cores", os.cpu_count()), ("-c all", os.cpu_count())],
)
def test_cores_are_those_of_the_command(argv, number):
    assert cores(argv.split()) == number
