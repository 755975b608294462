"""A job as Snakemake announces it, and what can be read from its files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakemake_logger_plugin_descent.progress import Kind

#: What is shown of a failed job's log.
LAST_LINES, LAST_BYTES, LONGEST_LINE = 6, 8192, 300


@dataclass(frozen=True)
class Job:
    """What is kept of a job.

    Parameters
    ----------
    kind : Kind
        Its rule, problem and optimizer.
    name : str
        Its rule and wildcards, as a person reads them.
    outputs, logs : sequence of str
        Paths.
    """

    kind: Kind
    name: str
    outputs: Sequence[str]
    logs: Sequence[str]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Job:
        """Return the job of an event that describes one."""
        rule, wildcards = fields["rule_name"], fields.get("wildcards") or {}
        optimizer = wildcards["optimizer"] if "candidate" in wildcards else ""
        # Without the remarks that Snakemake adds: "file (update)".
        outputs = [path.partition(" (")[0] for path in fields["output"]]
        kind = Kind(rule, wildcards.get("problem", ""), optimizer)
        return cls(kind, " ".join([rule, *map(str, wildcards.values())]), outputs, fields["log"])

    def dates(self) -> list[int]:
        """Return when each output was written, in nanoseconds; 0 for one that is not there."""
        return [path.stat().st_mtime_ns if path.exists() else 0 for path in map(Path, self.outputs)]

    def status(self) -> str:
        """Return the status in a training's record; empty for any other job."""
        if not self.kind.optimizer:
            return ""
        return str(json.loads(Path(self.outputs[0]).read_text(encoding="utf-8"))["status"])

    def last_lines(self) -> list[str]:
        """Return the last lines of the logs, what is not printable replaced."""
        lines: list[str] = []
        for path in filter(os.path.isfile, self.logs):
            with Path(path).open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - LAST_BYTES))
                text = file.read().decode(errors="replace")
            found = [line[:LONGEST_LINE] for line in text.splitlines() if line.strip()]
            lines += [
                "".join(c if c.isprintable() else " " for c in x) for x in found[-LAST_LINES:]
            ]
        return lines
