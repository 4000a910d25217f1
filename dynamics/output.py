"""Streams that last: what cannot be printed is no reason to end a program whose results are in files."""

import io
import os
import time
from pathlib import Path
from typing import Any, TextIO


class _Descriptor(io.RawIOBase):
    """Takes everything, even where nobody reads it any more; keeps what went wrong first."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream  # not to be collected, which closes its file
        buffer: Any = stream.buffer
        self._raw = getattr(buffer, "raw", buffer)
        self.lost: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        number: int = self._raw.fileno()
        return number

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def write(self, data: Any) -> int:
        while self.lost is None:
            try:
                written = self._raw.write(data)
            except OSError as error:
                self.lost = error
            else:
                if written is not None:
                    return int(written)
                time.sleep(0.01)  # a pipe that does not block, and is full
        return len(data)


def lasting(stream: TextIO | None) -> TextIO:
    """Return a stream that writes to the same place, and whose `write` and `flush` never fail.

    Parameters
    ----------
    stream : text stream or None
        As `sys.stdout`, which is None where its descriptor is closed.

    Returns
    -------
    text stream
        What its encoding lacks is written as escapes. A stream without a descriptor is returned as it is.
    """
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    try:
        stream.fileno()
        stream.flush()
        raw = _Descriptor(stream)
    except (OSError, ValueError, AttributeError):
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(raw), stream.encoding, errors="backslashreplace", newline=None, line_buffering=True
    )


def lost(stream: TextIO) -> OSError | None:
    """Return what went wrong first on a stream that `lasting` returned, if anything did."""
    stream.flush()
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw.lost if isinstance(raw, _Descriptor) else None
