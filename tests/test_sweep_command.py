"""`samverify sweep` in processes of its own: killed at any moment, it goes on and ends the same."""

import os
import signal
import time
from pathlib import Path

import pytest
import xarray as xr
from sweep_process import CELLS, CONFIG, cells_of, finish, start, wait_for_cells


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def alive(group):
    """Say whether any process of a group is left, other than those that only wait to be counted."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    states = [
        path.read_text().rsplit(")", 1)[1].split() for path in Path("/proc").glob("[0-9]*/stat") if readable(path)
    ]
    return any(int(fields[2]) == group and fields[0] != "Z" for fields in states)


def readable(path):
    try:
        path.read_text()
    except OSError:
        return False
    return True


def workers_of(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def assert_gone(group):
    until = time.monotonic() + 20
    while alive(group):
        assert time.monotonic() < until, "a process was left behind"
        time.sleep(0.05)


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


def test_kill_9_of_the_command_alone_takes_its_workers_along(config, whole, tmp_path):
    out = tmp_path / "out"
    process = start(config, out, "--workers", "2")
    wait_for_cells(process, out, 2)
    process.kill()
    process.communicate()
    assert_gone(process.pid)
    code, _, err = finish(start(config, out))
    assert code == 0, err
    assert_same(out, whole)


def test_kill_9_of_a_worker_does_not_stop_the_sweep(config, whole, tmp_path):
    out = tmp_path / "out"
    process = start(config, out, "--workers", "2")
    wait_for_cells(process, out, 2)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    code, _, err = finish(process)
    assert code == 0, err
    assert "Traceback" not in err
    assert_same(out, whole)


@pytest.mark.parametrize(
    "stop",
    [
        lambda process: os.killpg(process.pid, signal.SIGINT),
        lambda process: process.terminate(),
    ],
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
    assert_gone(process.pid)
    code, _, err = finish(start(config, out))
    assert code == 0, err
    assert_same(out, whole)


def test_ctrl_c_while_the_workers_start_ends_cleanly(config, tmp_path):
    process = start(config, tmp_path / "out", "--workers", "2")
    until = time.monotonic() + 60
    while len(workers_of(process)) < 2:
        assert time.monotonic() < until
        time.sleep(0.002)
    time.sleep(0.1)  # in the middle of their imports
    os.killpg(process.pid, signal.SIGINT)
    code, printed, err = finish(process)
    assert (code, printed) == (3, "")
    assert "Traceback" not in err
    assert "of 12 cells are kept" in err
    assert_gone(process.pid)


def test_the_same_command_on_a_finished_folder_changes_nothing(config, whole):
    before = {path: path.stat().st_mtime_ns for path in whole.glob("cells/*/*")}
    data = (whole / "sweep.nc").read_bytes()
    code, _, err = finish(start(config, whole))
    assert code == 0, err
    assert {path: path.stat().st_mtime_ns for path in whole.glob("cells/*/*")} == before
    assert (whole / "sweep.nc").read_bytes() == data


def test_a_changed_config_is_refused_with_the_difference(config, whole, tmp_path):
    changed = tmp_path / "changed.toml"
    changed.write_text(CONFIG.replace("replicas = 4", "replicas = 5").replace("30.0", "35.0"), encoding="utf-8")
    code, out, err = finish(start(changed, whole))
    assert (code, out) == (2, "")
    assert err == (
        f"samverify: out = {str(whole)!r} is not allowed: it was begun with other config: replicas: 4 -> 5; "
        "grid.mu_norm[2]: 30.0 -> 35.0; give a new folder\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "workers and scheduler are not allowed together"),
        (("--workers", "0"), "is not allowed: it must"),
    ],
)
def test_options_are_refused(config, tmp_path, options, message):
    code, out, err = finish(start(config, tmp_path / "out", *options))
    assert (code, out) == (2, "")
    assert message in err
    assert not (tmp_path / "out").exists()
