"""The properties of `hypothesis` under the long profile, and how many examples each was tried on.

python tests/trust/properties.py results/properties.json
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from dynamics.files import check_targets, write_whole
from dynamics.provenance import origin

ROOT = Path(__file__).parents[2]
FILES = ("trust/test_properties.py", "test_engines_on_random_settings.py", "test_fuzz.py")


def statistics(printed: str) -> dict[str, dict[str, int]]:
    """Read the statistics that `--hypothesis-show-statistics` prints.

    Parameters
    ----------
    printed : str

    Returns
    -------
    dict
        A property to its numbers of examples: "passing", "failing", and "invalid" (set aside as they do not fit).
    """
    found: dict[str, dict[str, int]] = {}
    name = ""
    for line in printed.splitlines():
        if head := re.fullmatch(r"tests/(\S+)::(\S+):", line):
            name = f"{head[1]}::{head[2]}"
        elif counts := re.search(r"(\d+) passing, (\d+) failing, and (\d+) invalid", line):
            so_far = found.setdefault(name, {"passing": 0, "failing": 0, "invalid": 0})
            for kind, count in zip(so_far, counts.groups(), strict=True):
                so_far[kind] += int(count)
    return found


def main() -> int:
    """Try all properties, write how many examples each was tried on, and return pytest's exit code."""
    target = Path(sys.argv[1])
    check_targets(target=target)
    command = [sys.executable, "-m", "pytest", *(f"tests/{name}" for name in FILES), "-p", "no:cacheprovider"]
    options = ["--hypothesis-profile", "long", "--hypothesis-show-statistics"]
    done = subprocess.run([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    found = statistics(done.stdout)
    total: dict[str, Any] = {
        kind: sum(one[kind] for one in found.values()) for kind in ("passing", "failing", "invalid")
    }
    print(done.stdout if done.returncode else f"{len(found)} properties: {total}")
    write_whole(target, {"provenance": origin(), "profile": "long", "total": total, "properties": found})
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
