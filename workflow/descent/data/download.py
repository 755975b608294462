"""Download the published files by pooch: from a mirror, or from each public address in turn.

``python -m descent.data.download NAME DESTINATION``
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from descent.data.errors import FetchError
from descent.data.source import PublishedFile
from descent.data.sources import PUBLISHED
from descent.foundation.command_line import command_parser

MIRROR_VARIABLE = "DESCENT_MIRROR"
WITHOUT_NETWORK = "snakemake --cores 2 --configfile config/digits.yaml"
#: Seconds to wait for a connection, and for the next bytes.
TIMEOUT = (10.0, 30.0)
#: Further tries of an address.
RETRIES = 2
#: Seconds for one file from one address: ten megabytes at 20 kilobytes a second.
LONGEST = 600.0


def fetch(file: PublishedFile, destination: Path) -> None:
    """Download a published file, whole and with the right bytes, or leave all as it was.

    Parameters
    ----------
    file : PublishedFile
        What to fetch; its name is what it is called below a mirror.
    destination : Path
        The file to write; its folder is made. A file with the right bytes is kept.

    Raises
    ------
    FetchError
        If every address fails. The message lists each with its reason, and the remedies.
    OSError
        If the folder of the destination cannot be made.
    """
    import pooch  # noqa: PLC0415  # costly to import

    destination.parent.mkdir(parents=True, exist_ok=True)
    pooch.get_logger().setLevel("WARNING")
    tried = ""
    for address in addresses_of(file):
        files = pooch.create(
            destination.parent,
            base_url="",
            registry={destination.name: file.sha256},
            urls={destination.name: address},
            retry_if_failed=RETRIES,
        )
        try:
            files.fetch(destination.name, downloader=_download)
        except (OSError, ValueError) as error:  # all errors of the network are OSErrors
            tried += f"  {address}\n    {_reason(error)}\n"
        else:
            return
    raise FetchError(
        f"{file.name} could not be fetched. Tried:\n{tried}"
        f"Put the file there by hand: {destination.absolute()}\n"
        f"  (SHA-256 {file.sha256})\n"
        f"or set {MIRROR_VARIABLE} to a folder or an address that has it as {file.name}.\n"
        f"Without a network: {WITHOUT_NETWORK}"
    )


def addresses_of(file: PublishedFile) -> list[str]:
    """Return where to look for a file: first the mirror that the environment names, if any."""
    mirror = os.environ.get(MIRROR_VARIABLE)
    if not mirror:
        return list(file.addresses)
    if _is_http(mirror):
        return [f"{mirror.rstrip('/')}/{file.name}", *file.addresses]
    # unlike Path.expanduser, it leaves the home of an unknown user as it is
    return [str(Path(os.path.expanduser(mirror)) / file.name), *file.addresses]  # noqa: PTH111


def _download(address: str, temporary: str, files: Any) -> None:
    """Write the bytes of an address to a file, exactly as they are stored there."""
    import pooch  # noqa: PLC0415  # costly to import

    # pooch's temporary file is for its owner alone; one made anew has the usual permissions.
    Path(temporary).unlink()
    if not _is_http(address):
        if Path(address).exists() and not Path(address).is_file():
            raise OSError("it is a folder, a pipe or a device, and no file")
        shutil.copyfile(address, temporary)
        return
    download = pooch.HTTPDownloader(
        progressbar=sys.stderr.isatty(),
        chunk_size=1 << 16,
        timeout=TIMEOUT,
        headers={"Accept-Encoding": "identity"},
        hooks={"response": _keep_compressed},
    )
    with _within(LONGEST):
        download(address, temporary, files)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raise an OSError in the block after some seconds."""

    def stop(_signum: int, _frame: FrameType | None) -> None:
        raise OSError(f"slower than {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def _keep_compressed(response: Any, **_: Any) -> None:
    """Delete the header with which some servers have a stored .gz file unpacked on the way."""
    response.raw.headers.pop("Content-Encoding", None)


def _is_http(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _reason(error: Exception) -> str:
    """Return the useful end of an error, which may wrap others."""
    text = getattr(error, "strerror", None) or str(error)
    return text.rpartition("(Caused by ")[2]


def main(arguments: list[str] | None = None) -> int:
    """Download one published file; return 1, with one message, if every address fails.

    Parameters
    ----------
    arguments : list of str or None, default None
        The command line; None takes the process's own.

    Returns
    -------
    int
        Exit code.
    """
    parser = command_parser("descent.data.download", __doc__)
    parser.add_argument("name", choices=PUBLISHED, metavar="NAME", help=", ".join(PUBLISHED))
    parser.add_argument("destination", type=Path, metavar="DESTINATION", help="the file to write")
    given = parser.parse_args(arguments)
    try:
        fetch(PUBLISHED[given.name], given.destination)
    except FetchError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{given.destination} cannot be written: {error}", file=sys.stderr)
        return 1
    print(f"{given.name}: verified", file=sys.stderr)
    return 0


if __name__ == "__main__":
    # A stopped workflow ends its jobs with SIGTERM: delete the temporary file then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
