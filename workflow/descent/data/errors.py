"""What can be wrong with data, as errors that a person can act on."""

from __future__ import annotations


class DataError(ValueError):
    """A data file is not what it should be: one sentence that names it, with what was found."""


class SettingError(ValueError):
    """A setting of a dataset is unknown, missing or out of range."""


class FetchError(Exception):
    """A published file could not be fetched from anywhere."""
