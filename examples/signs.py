"""Sign descent with momentum, as one has it in a PyTorch project."""

import torch


class SignSGD(torch.optim.Optimizer):
    """p <- p - lr * sign(velocity), velocity <- momentum * velocity + gradient."""

    def __init__(self, params, lr=1e-3, momentum=0.9):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        """Take one step."""
        for group in self.param_groups:
            for p in group["params"]:
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.mul_(group["momentum"]).add_(p.grad)
                p.add_(velocity.sign(), alpha=-group["lr"])
