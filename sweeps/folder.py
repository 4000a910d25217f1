"""A sweep's folder: begun by one CONFIG, continued only by the same, and used by one command at a time."""

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dynamics.provenance import origin
from dynamics.validation import named, shown
from sweeps.cell import QUANTITIES
from sweeps.plan import Plan
from sweeps.store import Store

MANIFEST = "sweep.json"
_FORMAT = "samverify sweep 1"


def versions() -> dict[str, str]:
    """Return the versions of what computes a cell: the same numbers, bit for bit, are only promised for the same."""
    found = {}
    for name in ("samverify", "numpy", "scipy", "numba"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found | {"machine": platform.machine()}


@contextmanager
def opened(folder: Path, plan: Plan) -> Iterator[tuple[Store, dict[str, Any]]]:
    """Begin a sweep's folder or continue it, and keep other commands out of it meanwhile.

    Parameters
    ----------
    folder : Path
        New, empty, or begun by the same CONFIG.
    plan : Plan

    Yields
    ------
    Store
        Of its cells.
    dict
        The manifest.

    Raises
    ------
    ValueError
        One sentence: CONFIG cannot be run; the folder is another sweep's (with the differences), not a
        sweep's, cannot be written, or is in use.
    """
    fingerprint = plan.check()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(folder, f"it must be a folder ({error.strerror})") from None
    with _locked(folder):
        try:
            manifest = _manifest(folder, plan, fingerprint)
        except OSError as error:
            raise _refused(folder, f"it cannot be written or read ({error.strerror})") from None
        config = plan.config
        shape = (len(QUANTITIES), len(config.phases), config.replicas)
        yield Store(os.fspath(folder.absolute()), fingerprint, shape), manifest


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other commands out of a folder, where the system and the disk know such locks.

    Without them cells are written atomically all the same.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise _refused(folder, f"it must be a folder ({error.strerror})") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it when the process ends
        except BlockingIOError:
            raise _refused(folder, "another command is using it") from None
        except OSError:
            pass  # a disk that knows no locks
        yield
    finally:
        os.close(descriptor)


def _manifest(folder: Path, plan: Plan, fingerprint: str) -> dict[str, Any]:
    config, made = plan.config.model_dump(), origin()
    target = folder / MANIFEST
    if not target.exists():
        others = sorted(name for name in os.listdir(folder) if not (name.endswith(".part") or _of_the_system(name)))
        if others:
            raise _refused(folder, f"it holds {others[0]!r} but no sweep; it must be new, empty or a sweep's")
        manifest = {
            "format": _FORMAT,
            "fingerprint": fingerprint,
            "config": config,
            "versions": versions(),
            "provenance": made,
        }
        draft = folder / f"{MANIFEST}.part"
        try:
            draft.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
            os.replace(draft, target)
        finally:
            with suppress(OSError):
                draft.unlink()
        (folder / "cells").mkdir()
        return manifest
    try:
        manifest = json.loads(target.read_text(encoding="utf-8"))
        begun = {key: manifest[key] for key in ("format", "fingerprint", "config", "versions", "provenance")}
        words = all(value is None or (isinstance(value, str) and value) for value in begun["provenance"].values())
        if not words or set(begun["provenance"]) != set(made):  # they become attributes of a netCDF file
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _refused(folder, f"its {MANIFEST} was not written by this command") from None
    if begun["format"] != _FORMAT:
        raise _refused(folder, f"it is in the format {shown(begun['format'])}, not {_FORMAT!r}")
    for what in ("config", "versions"):
        found = list(differences(begun[what], config if what == "config" else versions()))
        if found:
            told = "; ".join(found[:5]) + (f"; and {len(found) - 5} more" if len(found) > 5 else "")
            raise _refused(folder, f"it was begun with other {what}: {told}; give a new folder")
    if begun["fingerprint"] != fingerprint:
        raise _refused(folder, "it was begun when the formulas in CONFIG gave other numbers; give a new folder")
    (folder / "cells").mkdir(exist_ok=True)
    _probe(folder)
    return dict(manifest)


def _of_the_system(name: str) -> bool:
    """Say whether a file browser or a network disk leaves files of this name behind, such as `.DS_Store`."""
    return name.startswith(".") or name.lower() in ("thumbs.db", "desktop.ini")


def _probe(folder: Path) -> None:
    """Raise `OSError` now, before any cell, if the folder cannot be written."""
    probe = folder / "probe.part"
    probe.touch()
    probe.unlink()


def differences(old: Any, new: Any, name: str = "") -> Iterator[str]:
    """Say what is different between two records of plain data, one clause a leaf.

    Yields
    ------
    str
        `name: old -> new`; the order counts in grid and phases, where it is that of the axes.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        if name in ("grid", "phases") and set(old) == set(new) and list(old) != list(new):
            yield f"order of {name}: {named(', '.join(old))} -> {named(', '.join(new))}"
        for key in [*old, *(key for key in new if key not in old)]:
            yield from differences(old.get(key), new.get(key), f"{name}.{key}" if name else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for k, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from differences(a, b, f"{name}[{k}]")
    elif old != new:
        yield f"{named(name)}: {_short(old)} -> {_short(new)}"


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:40]} ... {text[-15:]}"


def _refused(folder: Path, why: str) -> ValueError:
    return ValueError(f"out = {str(folder)!r} is not allowed: {why}")
