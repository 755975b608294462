"""A record of a run, to be changed as a test needs it."""

from descent.training.records import Record


def a_record(**changes):
    fields = {
        "problem": "p",
        "optimizer": "o",
        "candidate": "tuned",
        "seed": 1,
        "hyperparameters": {},
        "epochs": 4,
        "steps_per_epoch": 10,
        "parameters": 2,
        "state_bytes_per_parameter": 0.0,
        "fingerprint": "f",
        "identity": "i",
        "headline": "accuracy",
        "optimum": None,
        "curve": {
            "step": [0, 10, 20, 40],
            "epoch": [0.0, 1.0, 2.0, 4.0],
            "gradient_evaluations": [0, 11, 22, 44],
            "mini_batch_loss": [None, 1.0, 1.0, 1.0],
            "train_loss": [1.0, 0.1, 0.01, 0.1],
            "validation_accuracy": [0.1, 0.8, 0.9, 0.85],
            "test_accuracy": [0.1, 0.7, 0.8, 0.9],
        },
    }
    return Record(**{**fields, **changes})
