"""Where results come from: commit, date, versions, machine."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

BUILT = "commit.txt"
"""File beside this one that a build leaves in what it builds (`setup.py`); a checkout has none."""


def origin() -> dict[str, str | None]:
    """Return where results of any kind come from: commit, date, versions, machine."""
    return {
        "commit": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "samverify": _version("samverify"),
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "scipy": _version("scipy"),
        "numba": _version("numba"),
        "machine": platform.machine(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def commit() -> str:
    """Return the commit of this package: the one that it was built from, or that of its own checkout.

    Returns
    -------
    str
        With "-dirty" where the checkout has changes; "unknown" where no repository at the package's own root knows this
        very file, as in an unpacked archive, or in an environment inside the repository of something else.
    """
    here = Path(__file__).resolve()
    built = here.with_name(BUILT)
    if built.is_file():
        return built.read_text(encoding="utf-8").strip()
    if _git("ls-files", "--full-name", "--error-unmatch", here.name) != f"{here.parent.name}/{here.name}":
        return "unknown"
    return _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") or "unknown"


def _git(*arguments: str) -> str:
    """Return what git says of the folder of this file, whatever repository the environment speaks of."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        found = subprocess.run(
            ["git", *arguments],
            cwd=Path(__file__).resolve().parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()
