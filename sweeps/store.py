"""The cells of a folder: one file each, whole or not there, and trusted only if its seal is right.

A cell is `FOLDER/cells/000/000017.npy`: a NumPy array in NumPy's own format, which `numpy.load` opens,
and after it 32 bytes, the SHA-256 of the sweep's fingerprint, the cell's number and the array. A file
cut short, changed, or from another sweep has another seal: it counts as not there, and is made again.

A folder of `k` cells holds `k` files in `ceil(k / 1000)` subfolders, and two files more. No subfolder
holds more than 1,000 files, so that listing takes time in proportion to `k`, also on network disks that
slow down with large folders; 10^5 cells of a few kilobytes are some hundred megabytes.
"""

import hashlib
import io
import os
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dynamics.arrays import Array

PER_FOLDER = 1_000
_SEAL = 32  # bytes


@dataclass(frozen=True)
class Store:
    """Where the cells of one sweep are kept.

    Attributes
    ----------
    folder : str
        Absolute, as every worker sees it.
    fingerprint : str
        Of the sweep, in hexadecimal.
    shape : tuple of int
        Of each cell's array.
    """

    folder: str
    fingerprint: str
    shape: tuple[int, ...]

    @property
    def cells(self) -> Path:
        """The folder of the subfolders of cells."""
        return Path(self.folder, "cells")

    def path(self, number: int) -> Path:
        """Return the file of a cell."""
        return self.cells / f"{number // PER_FOLDER:03d}" / f"{number:06d}.npy"

    def save(self, number: int, values: Array) -> None:
        """Write a cell, whole or not at all.

        Raises
        ------
        OSError
            If the disk is full or cannot be written; nothing is left behind then.
        """
        target = self.path(number)
        content = io.BytesIO()
        np.save(content, values, allow_pickle=False)
        data = content.getvalue()
        target.parent.mkdir(exist_ok=True)
        # a name of its own, since a worker that was given up may still be writing the same cell
        draft = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
        try:
            draft.write_bytes(data + self._seal(number, data))
            os.replace(draft, target)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise

    def load(self, number: int) -> Array | None:
        """Return a cell, or None if it is not there or its seal is wrong."""
        try:
            content = self.path(number).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            return None
        data, seal = content[:-_SEAL], content[-_SEAL:]
        if seal != self._seal(number, data):
            return None
        values: Array = np.load(io.BytesIO(data), allow_pickle=False)
        return values if values.shape == self.shape else None

    def finished(self, size: int) -> NDArray[np.bool_]:
        """Say which of the cells 0..size-1 are there, whole; drafts that a killed run left are taken away.

        Every file is read once, so the time is in proportion to the number of files.
        """
        done = np.zeros(size, dtype=bool)
        for shard in sorted(self.cells.iterdir()) if self.cells.is_dir() else ():
            if not (shard.is_dir() and re.fullmatch(r"\d{3,}", shard.name)):
                continue
            for entry in os.scandir(shard):
                if entry.name.endswith(".part"):
                    with suppress(FileNotFoundError):
                        os.unlink(entry.path)
                elif re.fullmatch(r"\d{6,}\.npy", entry.name):
                    number = int(entry.name.removesuffix(".npy"))
                    if number < size and os.fspath(self.path(number)) == entry.path:
                        done[number] = self.load(number) is not None
        return done

    def _seal(self, number: int, data: bytes) -> bytes:
        return hashlib.sha256(f"{self.fingerprint} {number} ".encode() + data).digest()
