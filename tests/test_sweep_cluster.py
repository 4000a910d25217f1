"""Sweeps on a Dask cluster: a real scheduler and two real workers on the loopback, one of them killed half-way."""

import os
import signal
import subprocess
import sys
import time

import pytest
import xarray as xr
from sweep_process import CELLS, CONFIG, ROOT, cells_of, finish, start, wait_for_cells

from sweeps import read_config, sweep

distributed = pytest.importorskip("distributed")


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def begin(tmp_path):
    """Start Dask's own commands, and end them afterwards."""
    started = []

    def call(*arguments):
        with (tmp_path / f"log{len(started)}").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments], cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        started.append(process)
        return process

    yield call
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def scheduler(begin, tmp_path):
    file = tmp_path / "scheduler.json"
    process = begin("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    until = time.monotonic() + 60
    while not file.exists() or not file.read_text().endswith("}"):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.05)
    address = next(line.split('"')[3] for line in file.read_text().splitlines() if '"address": "tcp' in line)
    return process, address


def worker(begin, address):
    # the worker's own process, without a nanny that would start it again
    return begin("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")


def test_a_worker_killed_half_way_changes_nothing(begin, scheduler, config, tmp_path):
    _, address = scheduler
    first, _ = worker(begin, address), worker(begin, address)
    process = start(config, tmp_path / "cluster", "--scheduler", address)
    wait_for_cells(process, tmp_path / "cluster", 4)
    os.killpg(first.pid, signal.SIGKILL)
    code, _, err = finish(process)
    assert code == 0, err
    assert "Traceback" not in err
    with sweep(read_config(config), tmp_path / "local", workers=1) as local:
        assert len(cells_of(tmp_path / "cluster")) == CELLS
        assert cells_of(tmp_path / "cluster") == cells_of(tmp_path / "local")
        with xr.open_dataset(tmp_path / "cluster" / "sweep.nc") as made:
            xr.testing.assert_identical(made.drop_attrs(), local.drop_attrs())
