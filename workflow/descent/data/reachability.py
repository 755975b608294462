"""Whether the published files can be fetched at all: said once, before anything is trained."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import requests

from descent.data.download import MIRROR_VARIABLE, WITHOUT_NETWORK, addresses_of, innermost, is_http
from descent.data.published import PublishedFile

#: What an address has to answer, in seconds; the attempts are made side by side.
PATIENCE = 4.0


def describe_unreachable(
    files: Iterable[PublishedFile],
    downloads: Path,
    *,
    mirror: str | None = None,
    patience: float = PATIENCE,
) -> str | None:
    """Return what to do if no address of any missing file answers.

    Every address is tried once, and all at the same time. One that answers is enough: what is wrong
    with a single file or address is the download's to say.

    Parameters
    ----------
    files : iterable of PublishedFile
        What a study needs.
    downloads : Path
        Where they are, or are to be put.
    mirror : str or None, default None
        As :func:`descent.data.download.fetch` has it.
    patience : float, default 4
        Seconds to wait for an answer.

    Returns
    -------
    str or None
        The message; None if an address answered, or no file is missing.
    """
    missing = [file for file in files if not (downloads / file.name).exists()]
    tried = [address for file in missing for address in addresses_of(file, mirror)]
    reasons = _ask(tried, patience)
    if not tried or None in reasons.values():
        return None
    return "\n".join(
        [
            f"None of the {len(missing)} files of this study can be fetched. Tried, once each:",
            *(f"  {address}\n    {reason}" for address, reason in reasons.items()),
            f"Without a network: {WITHOUT_NETWORK}",
            f"With the files at hand: put them into {downloads.absolute()},",
            *(f"  {file.name} ({file.size:,} bytes)" for file in missing),
            f"or set {MIRROR_VARIABLE} to a folder or an address that has them under these names.",
        ]
    )


def _ask(addresses: Iterable[str], patience: float) -> dict[str, str | None]:
    """Return by address why it does not answer; None for one that does."""
    reasons: dict[str, str | None] = dict.fromkeys(addresses, f"no answer within {patience:g} s")

    def ask(address: str) -> None:
        reasons[address] = _fault(address, patience)

    # Daemons: a name that is being looked up cannot be interrupted, and must not hold up the end.
    threads = [threading.Thread(target=ask, args=[a], daemon=True) for a in reasons]
    for thread in threads:
        thread.start()
    end = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return dict(reasons)


def _fault(address: str, patience: float) -> str | None:
    if not is_http(address):
        return None if os.access(address, os.R_OK) else "no such file"
    try:
        with requests.get(address, stream=True, timeout=patience) as response:
            return None if response.ok else f"answered {response.status_code} {response.reason}"
    except requests.exceptions.RequestException as error:
        return f"no connection: {innermost(error)}"
