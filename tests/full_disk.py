"""What the commands do on a full disk; run by `test_full_disk.py` in a name space with a small disk of its own.

unshare -rm sh -c 'mount -t tmpfs -o size=64k tmpfs DISK && python tests/full_disk.py DISK KEPT'

DISK is the disk; what shall be looked at afterwards, when it is gone, is copied to KEPT.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

from command_doors import CONFIG
from door import Refused, Stopped, command


@contextmanager
def filled(disk: Path, room: int) -> Iterator[None]:
    """Leave so many bytes free on a disk."""
    filler = disk / "filler"
    content = b"x" * (shutil.disk_usage(disk).free - room)
    filler.write_bytes(content)
    try:
        yield
    finally:
        filler.unlink()


def ended(*arguments: object) -> tuple[int, str]:
    """Run a command; return its exit code, and what it said if it was not 0."""
    try:
        command(*map(str, arguments))
    except Refused as refused:
        return 2, str(refused)
    except Stopped as stopped:
        return 3, str(stopped)
    except SystemExit as end:
        return (0, "") if end.code in (0, None) else (int(str(end.code)), "")
    return 0, ""


def main() -> None:
    """Fill the disk, run the commands, make room, run them again; print what happened as JSON."""
    disk, kept = Path(sys.argv[1]), Path(sys.argv[2])
    config, out = kept / "config.toml", disk / "out"
    config.write_text(CONFIG, encoding="utf-8")
    sweep = ("sweep", config, "--out", out, "--workers", 1)
    happened = {}
    with filled(disk, room=20_000):
        happened["sweep"] = ended(*sweep)
        shutil.copytree(out, kept / "full")
        with suppress(OSError):
            (disk / "more").write_bytes(b"x" * 20_000)
        happened["new sweep"] = ended("sweep", config, "--out", disk / "new")
        targets = ("--json", disk / "x.json", "--html", kept / "x.html")
        with patch("verify.run.run", lambda wanted, workers: ((job, job()) for job in wanted)):  # without processes
            happened["check"] = ended("check", "noise_norms", "--no-controls", *targets)
        happened["figures"] = ended("figures", "stages", "--out", disk / "pictures")
        happened["left"] = sorted(str(path.relative_to(disk)) for path in disk.rglob("*") if out not in path.parents)
        (disk / "more").unlink()
    happened["sweep, with room"] = ended(*sweep)
    shutil.copytree(out, kept / "room")
    print(json.dumps(happened))


if __name__ == "__main__":
    main()
