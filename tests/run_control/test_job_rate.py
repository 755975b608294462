import threading
import time

from descent.run_control.job_rate import end_timers


def test_no_timer_keeps_the_process():
    timers = [threading.Timer(60.0, print) for _ in range(3)]
    for timer in timers:
        timer.start()
    end_timers()
    until = time.monotonic() + 5.0
    for timer in timers:
        timer.join(until - time.monotonic())
    assert not any(timer.is_alive() for timer in timers)
