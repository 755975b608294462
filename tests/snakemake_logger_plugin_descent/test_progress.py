import pytest

from snakemake_logger_plugin_descent.progress import Kind, Progress, duration

TRAIN = Kind("tuning_run", "bowl", "sgd")
OTHER = Kind("tuning_run", "bowl", "adam")


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def progress_of(clock, kinds, earlier=None, cores=1):
    earlier = earlier or {}
    progress = Progress(lambda *of: earlier.get(Kind("tuning_run", *of)), clock, cores)
    progress.plan({"tuning_run": len(kinds)}, [kind[1:] for kind in kinds])
    return progress


def test_more_cores_than_processors_make_nothing_faster(clock):
    progress = progress_of(clock, [TRAIN] * 40, {TRAIN: 6.0}, cores=8)
    progress.processors = 2
    assert progress.seconds_left() == pytest.approx(120.0)
    # eight at a time take four times as long as alone, and the estimate stays what it was
    for job in range(8):
        progress.start(job, TRAIN)
    clock.now += 24.0
    for job in range(8):
        progress.finish(job)
    assert progress.seconds_left() == pytest.approx(32 * 6.0 / 2)


def test_time_left_is_that_of_the_trainings_that_are_missing(clock):
    progress = progress_of(clock, [TRAIN, OTHER], {TRAIN: 6.0, OTHER: 30.0})
    assert progress.seconds_left() == pytest.approx(36.0)
    progress.start(1, OTHER)
    assert progress.seconds_left() == pytest.approx(36.0)
    clock.now += 30.0
    progress.finish(1)
    assert progress.seconds_left() == pytest.approx(6.0)


def test_trainings_that_are_added_are_those_that_lack_less_those_at_work(clock):
    progress = progress_of(clock, [TRAIN] * 2, {TRAIN: 6.0, OTHER: 30.0})
    progress.start(1, TRAIN)
    progress.grow("tuning_run", [TRAIN[1:]] * 2 + [OTHER[1:]] * 3)
    assert progress.total == 5
    assert progress.seconds_left() == pytest.approx(6 + 6 + 3 * 30)


def test_a_job_at_work_counts_for_what_is_left_of_it(clock):
    progress = progress_of(clock, [TRAIN] * 2, {TRAIN: 6.0})
    progress.start(1, TRAIN)
    clock.now += 5.0
    assert progress.seconds_left() == pytest.approx(7.0)
    clock.now += 50.0  # longer than expected: it may end any moment, the other has not begun
    assert progress.seconds_left() == pytest.approx(6.0)


def test_a_kind_of_which_nothing_is_known_takes_as_long_as_others_of_its_rule(clock):
    progress = progress_of(clock, [TRAIN, OTHER])
    progress.start(1, TRAIN)
    clock.now += 9.0
    progress.finish(1)
    assert progress.expected(OTHER) == pytest.approx(9.0)
    assert progress.known(Kind("prepare")) is None


def test_a_job_that_is_tried_again_has_not_failed(clock):
    progress = progress_of(clock, [TRAIN])
    progress.start(1, TRAIN)
    progress.fail(1)
    assert progress.line() == "0/1 done, 0 running, 1 failed"
    progress.start(1, TRAIN)
    progress.finish(1)
    assert progress.line() == "1/1 done, 0 running"


def test_the_line_names_only_what_there_is(clock):
    progress = progress_of(clock, [TRAIN] * 4, {TRAIN: 30.0})
    assert progress.line() == "0/4 done, 0 running, about 2 min left"
    progress.start(1, TRAIN)
    clock.now += 30.0
    progress.finish(1)
    progress.statuses["diverged"] += 1
    progress.start(2, TRAIN)
    progress.fail(2)
    progress.start(3, TRAIN)
    assert progress.line() == "1/4 done, 1 running, 1 failed, 1 diverged, about 60 s left"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.1, "1 s"), (89, "89 s"), (600, "10 min"), (12000, "3 h 20 min"), (260000, "3.0 days")],
)
def test_durations_are_said_as_a_person_says_them(seconds, said):
    assert duration(seconds) == said
