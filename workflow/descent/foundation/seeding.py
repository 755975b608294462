"""The random generators of a study.

A stream is keyed by (problem, seed, stream, epoch) and never by the optimizer, so that two
optimizers on the same problem and seed start from the same parameters and see the same
mini-batches in the same order: their runs are paired. The key is counter-based: epoch 7 can be
drawn without drawing epochs 0 to 6.
"""

from __future__ import annotations

import hashlib

import numpy as np

STREAMS = {
    "initial_parameters": 0,
    "batch_order": 1,
    "data": 2,
    "starts": 3,
    "analysis": 4,
    "search": 5,
    "evaluation_sample": 6,
    "sample_of_text": 7,
}


def generator(problem: str, seed: int, stream: str, epoch: int = 0) -> np.random.Generator:
    """Return the generator of one stream of random numbers.

    Parameters
    ----------
    problem : str
        Name of the problem.
    seed : int
        The run's seed, >= 0.
    stream : str
        What the numbers are for, a key of ``STREAMS``.
    epoch : int, default 0
        The epoch, for streams that are drawn again in every epoch.

    Returns
    -------
    numpy.random.Generator
        A generator of its own; streams with different keys are independent.

    Raises
    ------
    ValueError
        If the seed or the epoch is negative.
    KeyError
        If there is no such stream.
    """
    if seed < 0 or epoch < 0:
        raise ValueError(f"seed and epoch must be >= 0. Received: seed={seed}, epoch={epoch}")
    digest = hashlib.sha256(problem.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in (0, 4, 8, 12)]
    key = (*words, STREAMS[stream], epoch)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
