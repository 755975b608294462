"""Download the published files: from a mirror, then from each public address; verified, atomic.

``python -m descent.data.download NAME DESTINATION [--mirror MIRROR]``
"""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import requests
import urllib3
from tqdm import tqdm

from descent.data.compressed import CHUNK
from descent.data.errors import FetchError
from descent.data.published import PUBLISHED, PublishedFile, describe_fault
from descent.foundation.command_line import command_parser

logger = logging.getLogger(__name__)

MIRROR_VARIABLE = "DESCENT_MIRROR"
WITHOUT_NETWORK = "snakemake --cores 2 --configfile config/digits.yaml"


@dataclass(frozen=True)
class RetryPolicy:
    """Timeouts and retries of a download.

    Attributes
    ----------
    connect : float
        Seconds to wait for a connection.
    read : float
        Seconds to wait for the next bytes.
    attempts : int
        Attempts at each address after a temporary fault: no connection, a broken connection, a
        response of 429 or 5xx. Other faults are not retried.
    backoff : float
        Seconds before the second attempt; doubled before each further one.
    """

    connect: float = 10.0
    read: float = 30.0
    attempts: int = 3
    backoff: float = 1.0


class _AddressError(Exception):
    """A failed download from one address; a retry may help if ``temporary_fault``."""

    def __init__(self, reason: str, *, temporary_fault: bool) -> None:
        super().__init__(reason)
        self.temporary_fault = temporary_fault


def fetch(
    file: PublishedFile,
    destination: Path,
    *,
    mirror: str | None = None,
    retry_policy: RetryPolicy = RetryPolicy(),
) -> str:
    """Download a published file, or leave nothing behind.

    An existing file with the right bytes is kept. The bytes go to a temporary file in the same
    folder, which is renamed after its size and its SHA-256 are verified.

    Parameters
    ----------
    file : PublishedFile
        What to fetch; one of :data:`PUBLISHED`.
    destination : Path
        The file to write; its folder is made.
    mirror : str or None, default None
        A folder, or an http or https address, that has the file under its name. It is
        tried before the public addresses. None takes the environment variable ``DESCENT_MIRROR``,
        if it is set.
    retry_policy : RetryPolicy, default RetryPolicy()
        Timeouts and retries.

    Returns
    -------
    str
        The address that the file came from, or the destination if the file existed.

    Raises
    ------
    FetchError
        If every address fails. The message lists each with its reason, and the remedies.
    OSError
        If the destination cannot be written.
    """
    reasons: list[tuple[str, str]] = []
    if destination.exists():
        if (fault := describe_fault(file, destination)) is None:
            return str(destination)
        reasons.append((f"{destination} (already there)", fault))
    destination.parent.mkdir(parents=True, exist_ok=True)
    for address in addresses_of(file, mirror):
        try:
            _fetch_from(address, file, destination, retry_policy)
        except _AddressError as error:
            logger.debug("%s: %s", address, error)  # if another has the file, nobody need know
            reasons.append((address, str(error)))
        else:
            return address
    raise FetchError(_describe_failure(file, destination, reasons))


def addresses_of(file: PublishedFile, mirror: str | None = None) -> list[str]:
    """Return where to look for a file, in this order.

    Parameters
    ----------
    file : PublishedFile
        What is looked for.
    mirror : str or None, default None
        As :func:`fetch` has it.
    """
    if mirror is None:
        mirror = os.environ.get(MIRROR_VARIABLE) or None
    return [*([] if mirror is None else [_below(mirror, file.name)]), *file.addresses]


def _fetch_from(
    address: str, file: PublishedFile, destination: Path, retry_policy: RetryPolicy
) -> None:
    """Download a file from one address, with retries."""
    for attempt in range(1, retry_policy.attempts + 1):
        try:
            with _temporary_file(destination) as temporary:
                _transfer(address, file, temporary, retry_policy)
        except _AddressError as error:
            if not error.temporary_fault:
                raise
            if attempt == retry_policy.attempts:
                tries = f" ({attempt} tries)" if attempt > 1 else ""
                raise _AddressError(f"{error}{tries}", temporary_fault=False) from error
            wait = retry_policy.backoff * 2 ** (attempt - 1)
            logger.debug("%s: %s; trying again in %g s", address, error, wait)
            time.sleep(wait)
        else:
            return


@contextmanager
def _temporary_file(destination: Path) -> Iterator[Path]:
    """Yield a temporary path that is renamed to the destination, or deleted on an error."""
    temporary = destination.with_name(f".{destination.name}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.replace(destination)
    finally:
        temporary.unlink(missing_ok=True)


def _transfer(
    address: str, file: PublishedFile, temporary: Path, retry_policy: RetryPolicy
) -> None:
    """Write the bytes of an address to a file and verify them."""
    chunks = (
        _http_chunks(address, retry_policy) if is_http(address) else _file_chunks(Path(address))
    )
    digest, received = hashlib.sha256(), 0
    with (
        closing(chunks),
        temporary.open("wb") as output,
        # disable=None: a bar where standard error is a terminal, and none in a log file
        tqdm(total=file.size, desc=file.name, unit="B", unit_scale=True, disable=None) as bar,
    ):
        for chunk in chunks:
            received += len(chunk)
            if received > file.size:
                raise _AddressError(f"gave more than {file.size:,} bytes", temporary_fault=False)
            output.write(chunk)
            digest.update(chunk)
            bar.update(len(chunk))
    if received < file.size:
        raise _AddressError(
            f"broke off after {received:,} of {file.size:,} bytes", temporary_fault=True
        )
    if digest.hexdigest() != file.sha256:
        reason = f"gave other bytes: SHA-256 {digest.hexdigest()}, expected {file.sha256}"
        raise _AddressError(reason, temporary_fault=False)


def _http_chunks(address: str, retry_policy: RetryPolicy) -> Generator[bytes]:
    """Yield the bytes of a web address exactly as they are stored there.

    Some servers label a stored .gz file with ``Content-Encoding: gzip``, and a client would unpack
    it on the way; hence the raw stream.
    """
    try:
        with requests.get(
            address,
            stream=True,
            timeout=(retry_policy.connect, retry_policy.read),
            headers={"Accept-Encoding": "identity"},
        ) as response:
            if response.status_code != HTTPStatus.OK:
                status = response.status_code
                temporary_fault = status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500
                raise _AddressError(
                    f"answered {status} {response.reason}", temporary_fault=temporary_fault
                )
            yield from response.raw.stream(CHUNK, decode_content=False)
    except requests.exceptions.SSLError as error:
        raise _AddressError(
            f"no secure connection: {innermost(error)}", temporary_fault=False
        ) from error
    except requests.exceptions.ConnectTimeout as error:
        reason = f"no connection within {retry_policy.connect:g} s"
        raise _AddressError(reason, temporary_fault=True) from error
    except (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError) as error:
        raise _AddressError(f"silent for {retry_policy.read:g} s", temporary_fault=True) from error
    except requests.exceptions.ConnectionError as error:
        raise _AddressError(f"no connection: {innermost(error)}", temporary_fault=True) from error
    except urllib3.exceptions.HTTPError as error:
        raise _AddressError(f"broke off: {innermost(error)}", temporary_fault=True) from error
    except requests.exceptions.RequestException as error:
        raise _AddressError(innermost(error), temporary_fault=False) from error


def _file_chunks(path: Path) -> Generator[bytes]:
    """Yield the bytes of a file in a mirror folder."""
    try:
        with path.open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk
    except OSError as error:
        raise _AddressError(error.strerror or str(error), temporary_fault=False) from error


def is_http(address: str) -> bool:
    """Return whether an address is one of the web, and no folder."""
    return address.startswith(("http://", "https://"))


def _below(mirror: str, name: str) -> str:
    if is_http(mirror):
        return f"{mirror.rstrip('/')}/{name}"
    return str(Path(mirror).expanduser() / name)


def innermost(error: BaseException) -> str:
    """Return the one useful sentence in a network error that wraps others."""
    while True:
        reason = getattr(error, "reason", None)
        wrapped = reason if isinstance(reason, BaseException) else None
        if wrapped is None:
            wrapped = next((a for a in error.args if isinstance(a, BaseException)), None)
        if wrapped is None:
            return str(error).rsplit(": ", 1)[-1] or type(error).__name__
        error = wrapped


def _describe_failure(
    file: PublishedFile, destination: Path, reasons: list[tuple[str, str]]
) -> str:
    """Return the message for a file that no address gives."""
    tried = "\n".join(f"  {address}\n    {reason}" for address, reason in reasons)
    return (
        f"{file.name} could not be fetched. Tried:\n{tried}\n"
        f"Put the file there by hand: {destination.absolute()}\n"
        f"  ({file.size:,} bytes, SHA-256 {file.sha256})\n"
        f"or set {MIRROR_VARIABLE} to a folder or an address that has it as {file.name}.\n"
        f"Without a network: {WITHOUT_NETWORK}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Download one published file; exit code 1, with one message, if every address fails.

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
    parser.add_argument("--mirror", help=f"folder or address (default: ${MIRROR_VARIABLE})")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        source = fetch(PUBLISHED[given.name], given.destination, mirror=given.mirror)
    except FetchError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{given.destination} cannot be written: {error}", file=sys.stderr)
        return 1
    logger.info("%s: verified, from %s", given.name, source)
    return 0


if __name__ == "__main__":
    # A stopped workflow ends its jobs with SIGTERM: delete the temporary file then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
