"""The progress display: a logger plug-in for Snakemake, chosen by ``logger: descent`` in a profile.

It knows what Snakemake tells its loggers and what the workflow announces of its study; nothing of
optimizers, and nothing of Snakemake's inside.
"""

from snakemake_logger_plugin_descent.handler import LogHandler

__all__ = ["LogHandler"]
