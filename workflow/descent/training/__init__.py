"""One run: the training loop, the job that is its process, its record and its identity.

A job has one problem, one optimizer and one seed, and is independent of the study's other runs.
"""
