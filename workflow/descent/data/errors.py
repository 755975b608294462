"""Errors in data and in its settings."""

from __future__ import annotations


class DataError(ValueError):
    """A faulty data file: the message names it and the fault."""


class SettingError(ValueError):
    """A setting of a dataset is unknown, missing or out of range."""


class FetchError(Exception):
    """A published file could not be downloaded from any address."""
