"""A whole run of a recurrent network on reviews, and a plain PyTorch script in its place."""

from __future__ import annotations

from pathlib import Path

from descent.benchmark.rows import Row
from descent.benchmark.setting import Setting
from descent.benchmark.whole_run import whole_runs

SCRIPT = Path(__file__).with_name("plain_pytorch_rnn.py")


def measure(setting: Setting) -> list[Row]:
    """Measure a run with each of three rules."""
    return whole_runs(setting, "rnn_run", SCRIPT, epochs=5, evaluations_per_epoch=5)
