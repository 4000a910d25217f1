"""The measurement of a long sweep, at a small size, and its figure."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from figures.long_sweep.draw import LONG_SWEEP

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    target = tmp_path_factory.mktemp("results") / "long_sweep.json"
    command = [sys.executable, "-m", "benchmarks.long_sweep", "--cells", "30", "--workers", "1", "--json", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return target


def test_every_sweep_is_measured_whole(measured):
    found = json.loads(measured.read_text(encoding="utf-8"))
    assert len(found["provenance"]["commit"]) > 5
    assert [one["cells"] for one in found["sweeps"]] == [30]
    for one in found["sweeps"]:
        assert one["files"] == one["cells"] + 2
        assert (one["subfolders"], one["most_files_in_a_folder"]) == (1, one["cells"])
        assert one["done"] == sorted(set(one["done"]))
        assert one["done"][-1] == one["cells"]
        assert all(10 < memory < 2000 for memory in one["parent_mb"] + one["worker_mb"][1:])
        assert one["parent_peak_mb"] >= max(one["parent_mb"])
        assert len(one["listing_cpu_seconds"]) == len(one["listing_seconds"]) == 3


def test_the_caption_says_it(measured):
    found = LONG_SWEEP.read(measured)
    last = found["sweeps"][-1]
    said = LONG_SWEEP.caption(found)
    assert "The folder holds 32 files in 1 subfolder" in said
    assert f"to {last['parent_mb'][-1]:.1f} MB and the largest worker" in said
