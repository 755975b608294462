"""One run: the training loop, the job that is its process, its record and its identity.

It knows one problem, one optimizer and one seed; it knows nothing of the other runs of a study.
"""
