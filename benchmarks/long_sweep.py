"""The cost of a long sweep: memory against cells done, files a folder, and the time to list what is done.

python -m benchmarks.long_sweep --json results/long_sweep.json

Sweeps of 1,000, 10,000 and 100,000 cells are run, each by a process of its own. A cell is as small as it can be, so
that what is seen is the cost of handing cells out, keeping, listing and assembling them, not of training.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dynamics.files import check_targets, write_whole
from dynamics.provenance import origin
from sweeps import Config, sweep
from sweeps.cell import QUANTITIES
from sweeps.folder import MANIFEST
from sweeps.store import Store

SIZES = (1_000, 10_000, 100_000)
LISTINGS = 3
_SAMPLES = 100  # of the memory, over a sweep


def tiny(cells: int) -> Config:
    """Return a sweep of so many cells (a multiple of 10), each of one short run with n = m = B = 2."""
    return Config(
        replicas=1,
        test_samples=10,
        setting={"n": 2, "m": 2, "P": 2, "B": 2, "p": 0.1, "sigma_p": 1.0, "sigma_0": 1e-3, "eta": 0.01},
        grid={"d": [100 + k for k in range(10)], "mu_norm": [float(k + 1) for k in range(cells // 10)]},
        phases={"sgd": [{"rule": "sgd", "epochs": 1}]},
    )


def megabytes(process: int | str, field: str = "VmRSS") -> float:
    """Return a process's resident memory, or with "VmHWM" its peak, in MB (10^6 bytes)."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{field}:"))


def workers_megabytes() -> float:
    """Return the resident memory of the largest worker, in MB; 0 before the first is there."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return max((megabytes(child) for child in children), default=0.0)


def measured(cells: int, workers: int, folder: Path) -> dict[str, Any]:
    """Run a sweep in this process, and measure it.

    Parameters
    ----------
    cells, workers : int
    folder : Path
        New.

    Returns
    -------
    dict
        "done" and, at these counts, "parent_mb" and "worker_mb"; "parent_peak_mb", with the assembly of `sweep.nc`;
        "seconds"; "listing_seconds" and "listing_cpu_seconds", of each listing, with the files in the system's cache
        (time of the processor is less disturbed by other programs); "files" in all, "subfolders",
        "most_files_in_a_folder"; "megabytes" of all files' content.
    """
    config = tiny(cells)
    done: list[int] = []
    parent: list[float] = []
    worker: list[float] = []

    def sample(count: int) -> None:
        if not done or count >= done[-1] + cells / _SAMPLES:
            done.append(count)
            parent.append(megabytes("self"))
            worker.append(workers_megabytes())

    began = time.perf_counter()
    sweep(config, folder, workers=workers, progress=sample).close()
    seconds = time.perf_counter() - began
    peak = megabytes("self", "VmHWM")
    fingerprint = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["fingerprint"]
    store = Store(os.fspath(folder), fingerprint, (len(QUANTITIES), 1, 1))
    listings, of_the_processor = [], []
    for _ in range(LISTINGS):
        began, cpu = time.perf_counter(), time.process_time()
        found = store.finished(cells)
        listings.append(time.perf_counter() - began)
        of_the_processor.append(time.process_time() - cpu)
        if not found.all():
            raise RuntimeError(f"{int((~found).sum())} of {cells} cells are not in the folder")
    files = [len(names) for _, _, names in os.walk(folder)]
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {
        "cells": cells,
        "done": done,
        "parent_mb": parent,
        "worker_mb": worker,
        "parent_peak_mb": peak,
        "seconds": seconds,
        "listing_seconds": listings,
        "listing_cpu_seconds": of_the_processor,
        "files": sum(files),
        "subfolders": sum(1 for path in (folder / "cells").iterdir() if path.is_dir()),
        "most_files_in_a_folder": max(files),
        "megabytes": size / 1e6,
    }


def main() -> None:
    """Measure sweeps of all sizes, each in a process of its own, and write what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", type=Path, default=Path("results/long_sweep.json"))
    options.add_argument("--cells", type=int, nargs="+", default=list(SIZES), help="multiples of 10")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one is not None:
        print(json.dumps(measured(given.cells[0], given.workers, given.one)))
        return
    check_targets(json=given.json)
    sweeps = []
    for cells in given.cells:
        with tempfile.TemporaryDirectory(prefix="long-sweep-") as place:
            options_of_one = ["--cells", str(cells), "--workers", str(given.workers), "--one", f"{place}/sweep"]
            command = [sys.executable, "-m", "benchmarks.long_sweep", *options_of_one]
            ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        sweeps.append(json.loads(ended.stdout))
        print(f"{cells:,} cells: {sweeps[-1]['seconds']:.0f} s", file=sys.stderr)
    write_whole(given.json, {"provenance": origin(), "workers": given.workers, "sweeps": sweeps})


if __name__ == "__main__":
    main()
