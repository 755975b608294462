import io
import logging

import pytest

from engine.console import Console, Job, Rerun, last_lines
from engine.progress import Kind, Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def console_on(stream, **options):
    console = Console(
        stream,
        Progress(lambda kind: None),
        lambda: [Kind("train", "bowl", "sgd")] * 2,
        Rerun(),
        **options,
    )
    logger = logging.Logger("engine")  # noqa: LOG001 - apart from all other tests
    logger.addHandler(console)
    return console, logger


def job_fields(number, tmp_path, seed=0):
    return {
        "jobid": number,
        "rule_name": "train",
        "wildcards": {"problem": "bowl", "optimizer": "sgd", "seed": seed},
        "output": [f"{tmp_path}/seed-{seed}.json (update)"],
        "log": [f"{tmp_path}/seed-{seed}.log"],
        "reason": "Missing output files: x; Input files updated by another job: y",
    }


def run_jobs(logger, tmp_path, fail=()):
    logger.info("", extra={"event": "workflow_started"})
    logger.info("", extra={"event": "run_info"})
    for number in (1, 2):
        fields = job_fields(number, tmp_path, seed=number)
        logger.info("rule train", extra={"event": "job_info", **fields})
        if number in fail:
            logger.error("error in rule", extra={"event": "job_error", **fields})
        else:
            logger.info("finished", extra={"event": "job_finished", "job_id": number})


def test_the_engines_own_output_is_not_shown(tmp_path):
    stream = io.StringIO()
    console, logger = console_on(stream)
    run_jobs(logger, tmp_path)
    logger.info("Select jobs to execute...")
    console.close()
    assert stream.getvalue() == "2 jobs done in 1 s.\n"


def test_divergence_is_counted_from_the_records(tmp_path):
    (tmp_path / "seed-1.json").write_text('{"status": "diverged"}')
    (tmp_path / "seed-2.json").write_text('{"status": "finished"}')
    stream = io.StringIO()
    console, logger = console_on(stream)
    run_jobs(logger, tmp_path)
    console.close()
    assert "1 runs diverged" in stream.getvalue()


def test_a_failure_is_shown_once_at_the_end_with_its_last_lines_and_its_command(tmp_path):
    (tmp_path / "seed-2.log").write_text("first\n" * 50 + "the last\x1b[2J line\n")
    stream = io.StringIO()
    console, logger = console_on(stream)
    run_jobs(logger, tmp_path, fail=(2,))
    console.close()
    shown = stream.getvalue()
    assert shown.count("the last [2J line") == 1  # a log cannot clear the reader's terminal
    assert f"snakemake --cores 1 {tmp_path}/seed-2.json\n" in shown
    assert "1 of 2 jobs failed; 1 are done and kept." in shown


def test_failures_of_one_cause_are_told_by_one_of_them(tmp_path):
    for seed in (1, 2):
        (tmp_path / f"seed-{seed}.log").write_text("no luck\n")
    stream = io.StringIO()
    console, logger = console_on(stream)
    run_jobs(logger, tmp_path, fail=(1, 2))
    console.close()
    assert stream.getvalue().count("no luck") == 1
    assert "(and 1 more like it)" in stream.getvalue()


def test_jobs_that_are_stopped_with_the_run_have_not_failed(tmp_path):
    stream = io.StringIO()
    console, logger = console_on(stream)
    run_jobs(logger, tmp_path, fail=(1, 2))
    logger.info("Terminating processes on user request, this might take some time.")
    console.close()
    assert stream.getvalue().endswith("Stopped. The same command continues.\n")
    assert "failed" not in stream.getvalue()


def test_a_terminal_has_one_line_that_is_drawn_over(tmp_path):
    stream = Terminal()
    console, logger = console_on(stream)
    run_jobs(logger, tmp_path)
    console._draw("1/2 done")
    logger.warning("a warning")
    console.close()
    assert "\r\x1b[K1/2 done\r\x1b[Ka warning\n1/2 done\r\x1b[K" in stream.getvalue()
    assert stream.getvalue().count("\n") == 2


def test_a_dry_run_is_a_table_of_kinds(tmp_path):
    stream = io.StringIO()
    console, logger = console_on(stream, dry_run=True)
    for number in (1, 2):
        logger.info("", extra={"event": "job_info", **job_fields(number, tmp_path, seed=number)})
    console.close()
    first, row = stream.getvalue().splitlines()
    assert first.startswith("2 jobs would run, about 4 s on one core (a guess for 2 of them")
    assert row.split() == ["train", "bowl", "2", "4", "s", "not", "made", "yet"]


def test_a_second_run_is_told_who_is_at_work_and_not_to_unlock():
    stream = io.StringIO()
    _, logger = console_on(stream, others=[4321])
    message = "LockException: ... removed with the --unlock argument."
    logger.error(message, extra={"event": "error", "exception": "LockException"})
    assert "process 4321" in stream.getvalue()
    assert "--unlock" not in stream.getvalue()


def test_errors_of_the_engine_are_shown():
    stream = io.StringIO()
    _, logger = console_on(stream)
    logger.error("MissingRuleException: x", extra={"event": "error", "exception": "E"})
    assert stream.getvalue() == "MissingRuleException: x\n"


@pytest.mark.parametrize("errno", [28, 30, 122])
def test_a_disk_that_cannot_be_written_to_is_one_sentence(errno):
    stream = io.StringIO()
    _, logger = console_on(stream)
    for _ in range(3):
        message = f"Traceback ...\nOSError: [Errno {errno}] No room: 'file'"
        logger.error(message, extra={"event": "error", "exception": "OSError"})
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().startswith("Files cannot be written here: No room. ")


def test_the_command_is_quoted_for_a_shell(tmp_path):
    rerun = Rerun([tmp_path / "my study.yaml"], ["strict=true"])
    command = rerun.command("results/a b.json")
    assert command == (
        f"snakemake --cores 1 'results/a b.json' --configfile '{tmp_path}/my study.yaml'"
        " --config strict=true"
    )


def test_only_the_end_of_a_long_log_is_read(tmp_path):
    log = tmp_path / "log"
    with log.open("wb") as file:
        file.truncate(2**40)  # a hole: longer than memory
        file.seek(0, 2)
        file.write(b"\nthe end\n")
    job = Job(Kind("train"), {}, [], [str(log)])
    assert last_lines(job)[-1] == "the end"
