"""A perceptron in PyTorch on images of digits, trained by a script that knows nothing of Descent.

Descent runs it as a command: see `examples/command_pytorch.yaml`.
"""

import argparse
import json

import torch
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy

options = argparse.ArgumentParser()
options.add_argument("--optimizer", required=True)  # a class of torch.optim
options.add_argument("--learning-rate", type=float, required=True)
options.add_argument("--weight-decay", type=float, required=True)
options.add_argument("--warmup", type=int, default=0)  # steps
options.add_argument("--schedule", choices=["constant", "linear"], required=True)
options.add_argument("--seed", type=int, required=True)
options.add_argument("--steps", type=int, required=True)
given = options.parse_args()
torch.manual_seed(given.seed)
torch.set_num_threads(1)

images, labels = map(torch.from_numpy, load_digits(return_X_y=True))
images = images.float() / 16.0
mixed = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
train, validation, test = mixed[:900], mixed[900:1200], mixed[1200:]  # the same for every seed
network = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
rule = getattr(torch.optim, given.optimizer)
optimizer = rule(network.parameters(), lr=given.learning_rate, weight_decay=given.weight_decay)


def factor(step: int) -> float:
    """Return the factor on the learning rate: a warm-up, then constant or linear decay to 0."""
    decay = 1.0 if given.schedule == "constant" else 1.0 - step / (given.steps + 1)
    return min(1.0, (step + 1) / (given.warmup + 1)) * decay


@torch.no_grad()
def evaluate(split: str, rows: torch.Tensor) -> dict[str, float]:
    """Return loss and accuracy on a split."""
    logits = network(images[rows])
    hits = (logits.argmax(dim=1) == labels[rows]).float()
    loss = cross_entropy(logits, labels[rows])
    return {f"{split}_loss": loss.item(), f"{split}_accuracy": hits.mean().item()}


schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
for step in range(given.steps + 1):
    if step % 50 == 0 or step == given.steps:
        losses = evaluate("train", train) | evaluate("validation", validation)
        print(json.dumps({"step": step, **losses}))
    batch = train[torch.randint(len(train), (32,))]
    optimizer.zero_grad()
    cross_entropy(network(images[batch]), labels[batch]).backward()
    optimizer.step()
    schedule.step()
print(json.dumps(evaluate("test", test)))
