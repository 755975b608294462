"""What is learned from: published files, their parsers, preparation, prepared datasets.

It knows nothing of models or problems: a dataset is arrays and a fingerprint.
"""
