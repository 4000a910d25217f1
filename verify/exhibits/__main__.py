"""Make exhibits: `python -m verify.exhibits FOLDER [NAMES...]` writes FOLDER/NAME.nc."""

import sys
from pathlib import Path

from threadpoolctl import threadpool_limits

from verify.exhibits import deactivation, paths, stages
from verify.exhibits.dataset import write

EXHIBITS = {module.NAME: module.exhibit for module in (paths, deactivation, stages)}


def main() -> None:
    """Make the exhibits named after the folder, all of them by default."""
    if len(sys.argv) < 2:
        raise SystemExit("FOLDER is missing: python -m verify.exhibits FOLDER [NAMES...]")
    folder, names = Path(sys.argv[1]), sys.argv[2:] or list(EXHIBITS)
    unknown = [name for name in names if name not in EXHIBITS]
    if unknown:
        raise SystemExit(f"name = {unknown[0]!r} is not allowed: it must be one of {', '.join(EXHIBITS)}")
    if not folder.is_dir():
        raise SystemExit(f"folder = {str(folder)!r} is not allowed: it must be a folder that exists")
    with threadpool_limits(1):
        for name in names:
            write(EXHIBITS[name](), folder / f"{name}.nc")


if __name__ == "__main__":
    main()
