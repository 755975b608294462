"""A training script of its own, without any library: a straight line through noisy points.

Descent runs it as a command: see `examples/command.yaml`.
"""

import argparse
import json
import math
import random

given = argparse.ArgumentParser()
given.add_argument("--optimizer", choices=["sgd", "sign"], required=True)
given.add_argument("--learning-rate", type=float, required=True)
given.add_argument("--seed", type=int, required=True)
given.add_argument("--steps", type=int, required=True)
given = given.parse_args()
rng = random.Random(given.seed)


def points(number: int) -> list[tuple[float, float]]:
    """Return points near the line y = 2 x - 1."""
    inputs = [rng.uniform(-1.0, 1.0) for _ in range(number)]
    return [(x, 2.0 * x - 1.0 + rng.gauss(0.0, 0.1)) for x in inputs]


def loss(data: list[tuple[float, float]]) -> float:
    """Return the mean squared error."""
    return sum((slope * x + intercept - y) ** 2 for x, y in data) / len(data)


train, validation, test = points(200), points(100), points(100)
slope, intercept = rng.gauss(0.0, 1.0), 0.0
for step in range(given.steps + 1):
    if step % (given.steps // 10) == 0:
        losses = {"train_loss": loss(train), "validation_loss": loss(validation)}
        print(json.dumps({"step": step, **losses}))  # a JSON line for each evaluation
    x, y = rng.choice(train)
    error = slope * x + intercept - y
    gradient = (2.0 * error * x, 2.0 * error)
    if given.optimizer == "sign":
        gradient = tuple(math.copysign(1.0, g) for g in gradient)
    rate = given.learning_rate * (1.0 - step / (given.steps + 1))  # linear decay
    slope, intercept = slope - rate * gradient[0], intercept - rate * gradient[1]
print(json.dumps({"test_loss": loss(test)}))  # and one for the end
