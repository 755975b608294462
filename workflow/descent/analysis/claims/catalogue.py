"""The claims that every study is compared with."""

from __future__ import annotations

from descent.analysis.claims.claim import Claim
from descent.analysis.claims.evidence import (
    BestAtOneTrial,
    DefaultsAsGoodAsTuning,
    Faster,
    NearPublished,
    NeverWorse,
    NoneDominates,
    NotBeatenEverywhere,
    OrderTurns,
    WithinRange,
)

#: The page that gives the ranges which a correct implementation must meet.
PROTOCOL = "docs/protocol.md"
#: The rules of the publications from which those ranges are.
CLASSICAL = (
    *("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop"),
    *("adam", "amsgrad", "adamax", "nadam", "adamw"),
)

CLAIMS = (
    Claim(
        "inclusion",
        "Tuned in all their hyper-parameters, adaptive rules never do worse than momentum or "
        "gradient descent, which they can imitate; nor does momentum do worse than gradient "
        "descent.",
        "choi",
        NeverWorse(
            (
                ("momentum", "sgd"),
                ("nesterov", "sgd"),
                ("rmsprop", "sgd"),
                ("adam", "sgd"),
                ("adam", "momentum"),
                ("nadam", "sgd"),
                ("nadam", "nesterov"),
            )
        ),
        "On a grid of learning rates alone, momentum and epsilon are fixed, and a rule cannot "
        "imitate another.",
    ),
    Claim(
        "protocol_decides",
        "The order of optimizers depends on the protocol by which they are tuned.",
        "choi",
        OrderTurns("tracks"),
    ),
    Claim(
        "tasks_differ",
        "The order of optimizers differs greatly between tasks.",
        "schmidt",
        OrderTurns("problems"),
    ),
    Claim(
        "none_dominates",
        "No optimizer is clearly the best on all tasks.",
        "schmidt",
        NoneDominates(),
    ),
    Claim(
        "adam_remains",
        "Adam remains a strong contender: newer optimizers do not consistently do better.",
        "schmidt",
        NotBeatenEverywhere("adam"),
    ),
    Claim(
        "defaults_suffice",
        "Trying several optimizers at their defaults does about as well as tuning one of them.",
        "schmidt",
        DefaultsAsGoodAsTuning(),
        "Ours takes the best default by its reported metric, which is optimistic.",
    ),
    Claim(
        "adam_with_little_tuning",
        "With a small budget of tuning, Adam is the most practical choice.",
        "sivaprasad",
        BestAtOneTrial("adam", ("sgd", "momentum", "adagrad")),
        "The smallest budget is one random setting of those that were tried.",
    ),
    Claim(
        "non_diagonal",
        "Preconditioning that is not diagonal (Distributed Shampoo) trains faster than Adam and "
        "its kin.",
        "kasimbeg",
        Faster(("soap", "muon"), than="adamw", tracks=("tuned", "searched")),
        "Shampoo is not in the package; SOAP, which is Adam in the eigenbasis of Shampoo, and "
        "Muon, which is AdamW where there is no hidden weight matrix, stand for it. The published "
        "result is in time, ours in gradient evaluations.",
    ),
    Claim(
        "schedule_free",
        "Without tuning by the user, Schedule-Free AdamW trains faster than a baseline of AdamW's "
        "kind with a schedule.",
        "kasimbeg",
        Faster(("schedule_free_adamw",), than="adamw", tracks=("default",)),
        "Our AdamW has a constant learning rate. The published result is in time, ours in gradient "
        "evaluations.",
    ),
    Claim(
        "softmax_on_mnist",
        "Softmax regression on MNIST reaches a test accuracy of 92 to 93 %.",
        PROTOCOL,
        WithinRange({"use": "softmax_regression"}, CLASSICAL, 0.92, 0.93, dataset="mnist"),
    ),
    Claim(
        "perceptron_on_mnist",
        "The perceptron 784-128-10 on MNIST, mini-batches of 128, five epochs, tuned, reaches a "
        "test accuracy of 97.2 to 97.7 %.",
        PROTOCOL,
        WithinRange(
            {"use": "mlp", "hidden": [128], "mini_batch": 128, "epochs": 5},
            CLASSICAL,
            0.972,
            0.977,
            dataset="mnist",
        ),
    ),
    Claim(
        "quadratic_start",
        "The noisy quadratic of DeepOBS starts at a test loss of 353.4468.",
        "schneider",
        NearPublished("quadratic_deep", "untrained", {"": 353.4467642648}, 1e-9, 4),
    ),
    Claim(
        "quadratic_end",
        "After 100 epochs SGD, momentum and Adam, tuned, reach test losses of 87.397, 87.045 and "
        "87.112 on it.",
        "schneider",
        NearPublished(
            "quadratic_deep", "mean", {"sgd": 87.397, "momentum": 87.045, "adam": 87.112}, 0.01, 3
        ),
        "The published runs repeat one order of mini-batches and tune momentum too.",
    ),
)
