from snakemake_logger_plugin_descent.job import Job
from snakemake_logger_plugin_descent.progress import Kind


def test_only_the_end_of_a_long_log_is_read(tmp_path):
    log = tmp_path / "log"
    with log.open("wb") as file:
        file.truncate(2**40)  # a hole: longer than memory
        file.seek(0, 2)
        file.write(b"\nthe end\n")
    assert Job(Kind("tuning_run"), "tuning_run", [], [str(log)]).last_lines()[-1] == "the end"


def test_only_a_training_is_of_an_optimizer():
    fields = {"output": ["a"], "log": []}
    names = {"problem": "bowl", "optimizer": "sgd"}
    tune = {"rule_name": "tune", "wildcards": {**names, "track": "tuned"}}
    train = {"rule_name": "x_tuning_run", "wildcards": {**names, "candidate": "tuned", "seed": "1"}}
    assert Job.of(fields | tune).kind == Kind("tune", "bowl")
    assert Job.of(fields | train).kind == Kind("x_tuning_run", "bowl", "sgd")
