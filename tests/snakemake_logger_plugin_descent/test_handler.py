import io
import logging
import sys
import threading
from pathlib import Path

import pytest
import snakemake
from snakemake_interface_logger_plugins.tests import MockOutputSettings

from snakemake_logger_plugin_descent import LogHandler, handler


@pytest.fixture
def display(monkeypatch):
    """Return a function that makes a display, its stream and the logger that feeds it."""
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setattr(sys, "argv", ["snakemake", "--cores", "2"])
    monkeypatch.setattr(handler.os, "cpu_count", lambda: 4)

    def make(stream=None, **options):
        stream = stream or io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        settings = MockOutputSettings()
        settings.printshellcmds = False
        for name, value in options.items():
            setattr(settings, name, value)
        shown = LogHandler(settings, None)
        logger = logging.Logger("snakemake")  # noqa: LOG001 - apart from all other tests
        logger.addHandler(shown)
        return shown, logger, stream

    return make


class Terminal(io.StringIO):
    def isatty(self):
        return True


def job_fields(number, tmp_path):
    return {
        "jobid": number,
        "rule_name": "tuning_run",
        "wildcards": {"problem": "bowl", "optimizer": "sgd", "candidate": "lr-1", "seed": number},
        "output": [f"{tmp_path}/seed-{number}.json (update)"],
        "log": [f"{tmp_path}/seed-{number}.log"],
        "reason": "Missing output files: x; Input files updated by another job: y",
    }


def run_jobs(logger, tmp_path, fail=()):
    logger.info("", extra={"event": "workflow_started"})
    logger.info("", extra={"event": "run_info", "stats": {"tuning_run": 2, "total": 2}})
    for number in (1, 2):
        record = tmp_path / f"seed-{number}.json"
        if not record.exists():
            record.write_text('{"status": "finished"}')
        fields = job_fields(number, tmp_path)
        logger.info("rule tuning_run", extra={"event": "job_info", **fields})
        if number in fail:
            logger.error("error in rule", extra={"event": "job_error", **fields})
        else:
            logger.info("finished", extra={"event": "job_finished", "job_id": number})


class Study:
    """What the workflow tells of a study."""

    def __init__(self, *missing):
        self._missing = [[("bowl", "sgd")] * count for count in missing]

    def seconds(self, problem, optimizer):
        return 60.0

    def missing(self):
        return self._missing.pop(0)

    def added(self, problem, seeds):
        return [(problem, "sgd")] * (80 - seeds)

    def notes(self):
        return ["Ten seeds see little."]

    def summary(self, *, up_to_date):
        return f"Bowl: SGD{' as before' * up_to_date}.\nAll results: page"


def tell_of_study(logger, *missing):
    """Announce a study that lacks so many trainings each time that it is asked."""
    logger.info("Study", extra={"event": "study", "study": Study(*missing)})


def test_the_summary_of_a_study_comes_last_and_nothing_of_snakemakes_own(display, tmp_path):
    shown, logger, stream = display()
    tell_of_study(logger, 2)
    run_jobs(logger, tmp_path)
    logger.info("Select jobs to execute...")
    for _ in range(3):  # Snakemake closes it more than once
        shown.close()
    assert stream.getvalue() == "2 jobs done in 1 s.\nBowl: SGD.\nAll results: page\n"


def test_where_nothing_is_to_be_done_the_answer_comes_last(display):
    shown, logger, stream = display()
    tell_of_study(logger)
    logger.info("Nothing to be done (all requested files are present and up to date).")
    shown.close()
    assert stream.getvalue().endswith("up to date).\nBowl: SGD as before.\nAll results: page\n")


@pytest.mark.parametrize("option", ["verbose", "printshellcmds", "debug_dag"])
def test_snakemakes_own_output_is_shown_to_who_asks_for_it(display, tmp_path, option):
    shown, logger, stream = display(**{option: True})
    run_jobs(logger, tmp_path)
    shown.close()
    assert "rule tuning_run\nfinished\n" in stream.getvalue()
    assert "jobs done" not in stream.getvalue()


def test_divergence_is_counted_from_the_records(display, tmp_path):
    (tmp_path / "seed-1.json").write_text('{"status": "diverged"}')
    shown, logger, stream = display()
    run_jobs(logger, tmp_path)
    shown.close()
    assert stream.getvalue() == "2 jobs done in 1 s, 1 runs diverged.\n"


def test_a_failure_is_shown_once_at_the_end_with_its_last_lines_and_its_command(display, tmp_path):
    (tmp_path / "seed-2.log").write_text("first\n" * 50 + "the last\x1b[2J line\n")
    shown, logger, stream = display()
    run_jobs(logger, tmp_path, fail=(2,))
    shown.close()
    told = stream.getvalue()
    assert told.count("the last [2J line") == 1  # a log cannot clear the reader's terminal
    assert told.count("first") == 5
    assert f"snakemake --cores 1 {tmp_path}/seed-2.json\n" in told
    assert "1 of 2 jobs failed; 1 are done and kept." in told
    # Failures of one cause are told by one of them.
    (tmp_path / "seed-1.log").write_text((tmp_path / "seed-2.log").read_text())
    shown, logger, stream = display()
    run_jobs(logger, tmp_path, fail=(1, 2))
    shown.close()
    assert stream.getvalue().count("the last [2J line") == 1
    assert "(and 1 more like it)" in stream.getvalue()


def test_of_a_failed_group_only_what_has_not_finished_has_failed(display, tmp_path):
    shown, logger, stream = display()
    logger.info("", extra={"event": "run_info", "stats": {"tuning_run": 2, "total": 2}})
    jobs = [job_fields(number, tmp_path) for number in (1, 2)]
    for name in ("1.json", "2.json", "2.log"):  # of an earlier run
        (tmp_path / f"seed-{name}").write_text("no luck\n")
    for fields in jobs:
        logger.info("", extra={"event": "job_info", **fields})
    (tmp_path / "seed-1.json").write_text('{"status": "diverged"}')
    logger.error("", extra={"event": "group_error", "job_error_info": jobs})
    for fields in jobs:
        logger.error("", extra={"event": "job_error", **fields})
    shown.close()
    told = stream.getvalue()
    assert "1 of 2 jobs failed; 1 are done and kept." in told
    assert "tuning_run bowl sgd lr-1 2\n" in told
    assert "| no luck" in told


@pytest.mark.parametrize("sentence", handler.STOPPING)
def test_jobs_that_are_stopped_with_the_run_have_not_failed(display, tmp_path, sentence):
    shown, logger, stream = display()
    run_jobs(logger, tmp_path, fail=(1, 2))
    logger.info("%s ...", sentence)
    shown.close()
    assert stream.getvalue().endswith(
        "Stopped, 0 jobs done and kept. The same command continues.\n"
    )
    assert "failed" not in stream.getvalue()


def test_a_terminal_has_one_line_that_is_drawn_over(display, tmp_path):
    shown, logger, stream = display(Terminal())
    run_jobs(logger, tmp_path)
    logger.warning("a warning")
    shown.close()
    lines = stream.getvalue().split("\r\x1b[K")
    assert "1/2 done, 1 running, about 1 s left" in lines
    assert lines[-5:] == ["a warning\n", "2/2 done, 0 running", "", "2 jobs done in 1 s.\n", ""]
    assert stream.getvalue().count("\n") == 2


@pytest.mark.parametrize(
    ("resources", "left"),
    [({"cores": 8}, "on 4 cores"), ({"cores": 2}, "on 2 cores"), ({"nodes": 6}, "on 6 cores")],
)
def test_a_dry_run_counts_the_processors_that_there_are(display, tmp_path, resources, left):
    shown, logger, stream = display(dryrun=True)
    logger.info("", extra={"event": "resources_info", **resources})
    for number in range(20):
        logger.info("", extra={"event": "job_info", **job_fields(number, tmp_path)})
    shown.close()
    assert left in stream.getvalue()


def test_the_end_ends_the_timers_of_the_job_rate(display):
    shown, _, _ = display()
    timer = threading.Timer(60.0, print)
    timer.start()
    shown.close()
    timer.join(5.0)
    assert not timer.is_alive()


def look_fields(number, seeds, tmp_path):
    return {
        "jobid": number,
        "rule_name": "look",
        "wildcards": {"problem": "bowl", "look": str(seeds)},
        "output": [f"{tmp_path}/looks/{seeds}.json"],
        "log": [],
        "reason": "Missing output files: x",
    }


def test_a_dry_run_says_how_many_trainings_looks_may_add(display, tmp_path):
    shown, logger, stream = display(dryrun=True)
    tell_of_study(logger)
    for number, seeds in enumerate((20, "grid-1", 10, 40)):
        fields = look_fields(number, seeds, tmp_path)
        logger.info("", extra={"event": "job_info", **fields})
    shown.close()
    *_, most, note = stream.getvalue().splitlines()
    # 70 of a minute each on two cores
    assert most == (
        "This is the least. Looks add at most 70 trainings, about 35 min, where comparisons are "
        "undecided."
    )
    assert note == "Ten seeds see little."


def test_trainings_that_a_look_adds_are_counted_at_once(display, tmp_path):
    shown, logger, stream = display(Terminal())
    tell_of_study(logger, 0, 7)
    logger.info("", extra={"event": "run_info", "stats": {"look": 1, "total": 1}})
    logger.info("", extra={"event": "job_info", **look_fields(1, 10, tmp_path)})
    logger.info("", extra={"event": "job_finished", "job_id": 1})
    assert "1/8 done, 0 running, about 4 min left" in stream.getvalue()
    shown.close()


def test_a_dry_run_is_a_table_of_kinds(display, tmp_path, monkeypatch):
    shown, logger, stream = display(dryrun=True)
    for number in (1, 2):
        logger.info("", extra={"event": "job_info", **job_fields(number, tmp_path)})
    shown.close()
    first, row = stream.getvalue().splitlines()
    assert first == "2 jobs would run, about 2 s on 2 cores (a guess for 2 of them, new problems):"
    assert row.split() == ["tuning_run", "bowl", "2", "4", "s", "missing", "output", "files", "(2)"]


def test_errors_of_snakemake_are_shown(display):
    _, logger, stream = display()
    logger.error("MissingRuleException: x", extra={"event": "error", "exception": "E"})
    assert stream.getvalue() == "MissingRuleException: x\n"


@pytest.mark.parametrize("errno", [28, 30, 122])
def test_a_disk_that_cannot_be_written_to_is_one_sentence(display, errno):
    _, logger, stream = display()
    for _ in range(3):
        message = f"Traceback ...\nOSError: [Errno {errno}] No room: 'file'"
        logger.error(message, extra={"event": "error", "exception": "OSError"})
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().startswith("Files cannot be written here: No room. ")


def test_a_fault_of_the_display_is_said_and_stops_nothing(display):
    _, logger, stream = display()
    logger.info("", extra={"event": "job_info", "jobid": 1})
    assert stream.getvalue().startswith("The progress display failed: KeyError")


@pytest.mark.parametrize(
    "sentence",
    [
        *handler.CHATTER,
        *handler.OF_A_FAILURE,
        *handler.AT_THE_END,
        handler.NOTHING_TO_DO,
        *handler.STOPPING,
    ],
)
def test_snakemake_still_says_what_the_display_recognises(sentence):
    # A change of Snakemake's wording: give the new one to the handler.
    modules = Path(snakemake.__file__).parent.rglob("*.py")
    assert any(sentence in module.read_text(encoding="utf-8") for module in modules)
