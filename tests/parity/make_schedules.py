"""Write schedules.json: what PyTorch's schedulers do to a learning rate of one.

python tests/parity/make_schedules.py
"""

import json
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler

FILE = Path(__file__).with_name("schedules.json")
STEPS = 60

#: Our entry, as in a config, and PyTorch's scheduler with the steps over which they agree.
PAIRS = [
    ({"use": "constant"}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0), STEPS),
    ({"use": "step", "step_size": 7}, lambda o: lr_scheduler.StepLR(o, 7), STEPS),
    (
        {"use": "step", "step_size": 1, "gamma": 0.9},
        lambda o: lr_scheduler.StepLR(o, 1, gamma=0.9),
        STEPS,
    ),
    ({"use": "exponential", "gamma": 0.8}, lambda o: lr_scheduler.ExponentialLR(o, 0.8), STEPS),
    (
        {"use": "cosine", "total_steps": STEPS - 1},
        lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS - 1),
        STEPS,
    ),
    # PyTorch's rises again after total_steps, ours stays where it is.
    (
        {"use": "cosine", "total_steps": 40, "floor": 0.05},
        lambda o: lr_scheduler.CosineAnnealingLR(o, 40, eta_min=0.05),
        41,
    ),
    (
        {"use": "linear", "total_steps": 40, "floor": 0.2},
        lambda o: lr_scheduler.LinearLR(o, start_factor=1.0, end_factor=0.2, total_iters=40),
        STEPS,
    ),
    (
        {"use": "multistep", "total_steps": 40, "milestones": [0.25, 0.5], "gamma": 0.3},
        lambda o: lr_scheduler.MultiStepLR(o, [10, 20], gamma=0.3),
        STEPS,
    ),
    (
        {"use": "constant", "warmup_steps": 5},
        lambda o: lr_scheduler.LinearLR(o, total_iters=5),
        STEPS,
    ),
    (
        {"use": "constant", "warmup_steps": 20, "warmup_start_factor": 0.01},
        lambda o: lr_scheduler.LinearLR(o, start_factor=0.01, total_iters=20),
        STEPS,
    ),
]


# PyTorch sets the learning rate of the first step itself, so the cycle begins with the optimizer.
PAIRS.append(
    (
        {"use": "one_cycle", "total_steps": STEPS},
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=STEPS, cycle_momentum=False),
        STEPS,
    )
)


def after_warmup(make, steps, start_factor):
    """Return a scheduler that warms up before another one."""

    def sequential(optimizer):
        line = lr_scheduler.LinearLR(optimizer, start_factor=start_factor, total_iters=steps)
        return lr_scheduler.SequentialLR(optimizer, [line, make(optimizer)], milestones=[steps])

    return sequential


PAIRS += [
    (
        {**entry, "warmup_steps": 10, "warmup_start_factor": 0.1},
        after_warmup(make, 10, 0.1),
        min(STEPS, agree + 10),
    )
    for entry, make, agree in PAIRS[1:8]
]


def factors(make, steps):
    """Return the learning rate in each step, one without a schedule."""
    optimizer = torch.optim.SGD([torch.zeros(1, dtype=torch.float64)], lr=1.0)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR still passes the epoch, which is deprecated
        scheduler = make(optimizer)
        for _ in range(steps):
            rates.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            scheduler.step()
    return rates


def main():
    """Run every scheduler and write the file."""
    cases = [{"entry": entry, "factors": factors(make, steps)} for entry, make, steps in PAIRS]
    content = {"torch": str(torch.__version__), "cases": cases}
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
