"""`samverify sweep` in processes of its own: killed at any moment, it goes on and ends the same."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
import xarray as xr
from sweep_process import CELLS, CONFIG, cells_of, finish, start, wait_for_cells


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def left(group):
    """Say whether a process of a group is alive, other than those that only wait to be counted."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, own = stat.read_text().rsplit(")", 1)[1].split()[:3]
            if int(own) == group and state != "Z":
                return True
    return False


def assert_same(out, whole):
    assert len(cells_of(out)) == CELLS
    assert cells_of(out) == cells_of(whole)
    assert not list(out.rglob("*.part"))
    with xr.open_dataset(out / "sweep.nc") as one, xr.open_dataset(whole / "sweep.nc") as other:
        assert one.sizes == {"d": 3, "mu_norm": 4, "phases": 2, "replica": 4}
        xr.testing.assert_identical(one.drop_attrs(), other.drop_attrs())


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    """A folder that the command filled without interruption, with one worker."""
    out = tmp_path_factory.mktemp("sweeps") / "whole"
    code, printed, err = finish(start(config, out, "--workers", "1"))
    assert code == 0, err
    assert printed == f"{out / 'sweep.nc'}\n"
    assert "12/12" in err
    assert "Traceback" not in err
    with xr.open_dataset(out / "sweep.nc") as data:
        assert len(data.attrs["commit"]) > 5
        assert data.attrs["date"].startswith("20")
    return out


def test_kill_9_at_three_moments_and_again(config, whole, tmp_path):
    out, before = tmp_path / "out", {}
    for count, delay in ((0, 0.0), (1, 0.03), (6, 0.01)):
        process = start(config, out, "--workers", "2")
        wait_for_cells(process, out, count)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        kept = cells_of(out)
        assert before.items() <= kept.items()
        assert not (out / "sweep.nc").exists()
        before = kept
    assert 6 <= len(before) < CELLS
    code, _, err = finish(start(config, out, "--workers", "2"))
    assert code == 0, err
    assert_same(out, whole)


@pytest.mark.parametrize(
    "stop",
    [lambda process: os.killpg(process.pid, signal.SIGINT), lambda process: process.terminate()],
    ids=["Ctrl-C in a terminal", "SIGTERM"],
)
def test_ctrl_c_ends_cleanly_and_keeps_what_was_done(config, whole, tmp_path, stop):
    out = tmp_path / "out"
    process = start(config, out, "--workers", "2")
    wait_for_cells(process, out, 3)
    stop(process)
    code, printed, err = finish(process)
    assert (code, printed) == (3, "")
    assert "Traceback" not in err
    last = err.splitlines()[-1]
    assert last.startswith("samverify: stopped; at least ")
    assert last.endswith(f"of 12 cells are kept in {str(out)!r}, and the same command goes on from there")
    assert len(cells_of(out)) >= 3
    assert not (out / "sweep.nc").exists()
    until = time.monotonic() + 20
    while left(process.pid):
        assert time.monotonic() < until, "a process was left behind"
        time.sleep(0.05)
    code, _, err = finish(start(config, out))
    assert code == 0, err
    assert_same(out, whole)
