"""Files: written whole or not at all, and nothing that is read is executed.

A file of a sample or a run is a zip archive of plain `.npy` arrays, so `numpy.load(file)` shows what is in it. A member
"format" says what the file is, a member "about" holds what is not an array, as JSON. Members are not
compressed, so that a foreign file can take no more memory than its size; each has a checksum.
"""

import json
import os
import tempfile
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from os import PathLike
from pathlib import Path
from secrets import token_hex
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from dynamics.validation import printable, shown

File = str | PathLike[str]


def write(target: File, kind: str, arrays: Mapping[str, NDArray[Any]], about: Any = None) -> None:
    """Write named arrays, and plain data, to a file.

    Parameters
    ----------
    target : path
        Replaced if it exists, but only by a whole file.
    kind : str
        What the file is; `read` asks for it again.
    arrays : mapping of ndarray
        Numbers only.
    about : JSON data

    Raises
    ------
    ValueError
        If the target is not a path in a folder that exists.
    """
    texts = {"format": np.array(_title(kind)), "about": np.array(json.dumps(about, allow_nan=False))}
    with whole(target) as draft, ZipFile(draft, "w", ZIP_STORED) as archive:
        for name, array in {**texts, **arrays}.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                npy.write_array(member, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)


def checked_target(target: object, name: str = "target") -> Path:
    """Return the path of a file that can be written, or raise `ValueError`; `name` is that of the argument."""
    place = _path(name, target)
    refusal = f"{name} = {str(place)!r} is not allowed: it must be a file"
    try:
        if place.is_dir() or not place.parent.is_dir():
            raise ValueError(f"{refusal} in a folder that exists")
        if place.exists() and not place.is_file():
            raise ValueError(f"{refusal}, not a device or a pipe")
        draft = _draft(place)
        draft.touch()
        draft.unlink()
    except OSError as error:
        raise ValueError(f"{refusal} that can be written ({error.strerror})") from None
    return place


def _draft(place: Path) -> Path:
    return place.with_name(f"{place.name}.{token_hex(4)}.part")


@contextmanager
def whole(target: object) -> Iterator[Path]:
    """Yield a draft to be written; it takes the target's name if all went well, and is removed if not.

    Raises
    ------
    ValueError
        If the target is not a path in a folder that exists.
    OSError
        If the disk is full, or fails; `filename` is the target.
    """
    place = checked_target(target)
    draft = _draft(place)
    try:
        yield draft
        draft.replace(place)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(place)) from None
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def read(source: File, kind: str) -> Iterator[tuple[dict[str, NDArray[Any]], Any]]:
    """Open a file that `write` wrote; whatever fails inside the `with` block is blamed on the file.

    Parameters
    ----------
    source : path
    kind : str

    Yields
    ------
    arrays : dict of ndarray
    about : JSON data

    Raises
    ------
    ValueError
        If there is no such file, or it is not whole, or not of this kind.
    """
    place = _path("source", source)
    if not place.is_file():
        raise ValueError(f"source = {str(place)!r} is not allowed: it must be a file that exists")
    with place.open("rb") as stream:
        try:
            arrays = _arrays(stream)
            title = str(arrays.pop("format"))
            if title != _title(kind):
                raise ValueError(f"it says it is {shown(title)}")
            yield arrays, json.loads(str(arrays.pop("about")))
        except MemoryError:
            raise
        except Exception as error:  # a foreign file can break a reader anywhere
            raise ValueError(
                f"source = {str(place)!r} is not allowed: it must be a whole file of kind {_title(kind)!r} "
                f"({type(error).__name__}: {printable(str(error))[:200]})"
            ) from None


def _path(name: str, value: object) -> Path:
    if not isinstance(value, str | PathLike):
        raise ValueError(f"{name} = {shown(value)} is not allowed: it must be a path")
    return Path(value)


def _title(kind: str) -> str:
    return f"samverify {kind} 1"


def _arrays(stream: IO[bytes]) -> dict[str, NDArray[Any]]:
    arrays = {}
    with ZipFile(stream) as archive:
        for member in archive.infolist():
            if member.compress_type != ZIP_STORED:
                raise ValueError(f"member {shown(member.filename)} is compressed")
            arrays[member.filename.removesuffix(".npy")] = _array(archive.read(member))
    return arrays


def _array(data: bytes) -> NDArray[Any]:
    body = BytesIO(data)
    if npy.read_magic(body) != (1, 0):
        raise ValueError("a member is not an array of version 1.0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shape, by_columns, dtype = npy.read_array_header_1_0(body)
    array = np.frombuffer(data, dtype, offset=body.tell())
    return array.reshape(shape, order="F" if by_columns else "C")


def read_toml(source: Path) -> dict[str, Any]:
    """Return what the TOML file of an option `config` holds.

    Raises
    ------
    ValueError
        One sentence: the file cannot be read, or is not TOML.
    """
    refusal = f"config = {str(source)!r} is not allowed: it"
    try:
        return tomllib.loads(Path(source).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{refusal} cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:  # not text, or not TOML, or a number of 5,000 digits
        raise ValueError(f"{refusal} is not TOML ({printable(str(error))[:200]})") from None


def write_whole(target: Path, data: dict[str, Any]) -> None:
    """Write plain data as JSON, whole or not at all."""
    write_text(target, json.dumps(data, indent=1, allow_nan=False) + "\n")


def write_text(target: Path, text: str) -> None:
    """Write a text, whole or not at all.

    Raises
    ------
    OSError
        If the disk is full, or fails. What may have taken hours is then kept in the system's folder for
        temporary files, if that has room, and the message says where.
    """
    try:
        with whole(target) as draft:
            draft.write_text(text, encoding="utf-8")
    except OSError as error:
        try:
            spare = Path(tempfile.mkdtemp(prefix="samverify-")) / target.name
            spare.write_text(text, encoding="utf-8")
        except OSError:
            raise error from None
        raise OSError(error.errno, f"{error.strerror}; it is in {str(spare)!r} instead", str(target)) from None


def not_written(error: OSError) -> str:
    """Say in one clause which file could not be written, and why."""
    what = "the output" if error.filename is None else repr(os.fspath(error.filename))
    return f"{what} could not be written: {error.strerror or error}"


def check_targets(**targets: Path | None) -> None:
    """Refuse files that could not be written, before any work is done for them.

    Parameters
    ----------
    **targets : Path or None
        By the names of their options; None is an option that was not given.

    Raises
    ------
    ValueError
        One sentence: which option, which file, and why not.
    """
    given = {name: target for name, target in targets.items() if target is not None}
    for name, target in given.items():
        checked_target(target, name)
    places = [target.resolve() for target in given.values()]
    if len(set(places)) < len(places):
        raise ValueError(f"{' and '.join(given)} = {str(places[0])!r} is not allowed: they must be different files")
