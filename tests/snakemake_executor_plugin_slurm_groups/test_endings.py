import pytest

from snakemake_executor_plugin_slurm_groups.endings import describe_ending

FAILED = "SLURM-job '7' failed, SLURM status is: 'FAILED'."
CANCELLED = "slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 ***"


@pytest.mark.parametrize(
    ("message", "log", "said"),
    [
        ("SLURM status is: 'TIMEOUT'.", "", "`runtime`"),
        (FAILED, CANCELLED.replace(" ***", " DUE TO TIME LIMIT ***")[:-3], "`runtime`"),
        ("SLURM status is: 'OUT_OF_MEMORY'.", "", "`mem_mb`"),
        # Slurm cancels what it has found to use too much.
        (FAILED, f"slurmstepd-n1: error: Exceeded job memory limit\n{CANCELLED}", "`mem_mb`"),
        (FAILED, "slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch.", "`mem_mb`"),
        ("SLURM status is: 'CANCELLED'.", CANCELLED, "was cancelled"),
        ("SLURM-job '7' failed due to a node failure, is: 'NODE_FAIL'", "", "with its node"),
    ],
)
def test_each_way_to_end_a_submission_has_a_sentence(message, log, said):
    sentence = describe_ending("50 jobs of runs (Slurm's job 7)", message, log)
    assert sentence.startswith("50 jobs of runs (Slurm's job 7) ")
    assert said in sentence
    assert sentence.endswith(". Finished runs are kept.")


@pytest.mark.parametrize("message", [FAILED, None])
def test_nothing_is_said_of_a_submission_that_ended_by_itself(message):
    # What a rule of the study prints is not Slurm's.
    log = "ValueError: reached a TIMEOUT\nOUT_OF_MEMORY, CANCELLED AT noon"
    assert describe_ending("job", message, log) == ""
