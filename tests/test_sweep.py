"""Sweeps as a function: the same numbers as training by hand, whoever computes them; folders that are not trusted."""

import errno
import os
import shutil
import signal
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import xarray as xr

import sweeps.run
from dynamics import Phase, Setting, draw, test_error, train
from dynamics.processes import Pool
from sweeps import Config, Interrupted, sweep
from sweeps.cell import QUANTITIES, run_cell
from sweeps.plan import Cell, Job, Plan
from theorems.condition import FORMULAS

FIXED = {"n": 6, "m": 2, "P": 3, "B": 3, "p": 0.1, "sigma_p": 1.0, "sigma_0": 1e-3, "eta": 0.05}
CONFIG = Config(
    replicas=3,
    test_samples=100,
    seed_block=2,
    setting=FIXED,
    grid={"d": [50, 10**10], "mu_norm": [0.0, 4.0, 9.0]},
    phases={
        "sam": [{"rule": "sam", "epochs": 4, "tau": 0.1}],
        "sgd": [{"rule": "sgd", "epochs": 6}],
        "both": [{"rule": "sam", "epochs": 4, "tau": 0.1}, {"rule": "sgd", "epochs": 3}],
    },
)


class AtOnce(Executor):
    """Run each task where it is submitted; fail as told."""

    def __init__(self, before=lambda cells: None):
        self.before, self.tasks = before, []

    def submit(self, task, cells, *arguments):
        future = Future()
        self.tasks.append([cell.number for cell in cells])
        try:
            self.before(cells)
            future.set_result(task(cells, *arguments))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder that a sweep filled without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    sweep(CONFIG, folder, AtOnce()).close()
    return folder


def cells_of(folder):
    return {path.name: path.read_bytes() for path in sorted(Path(folder, "cells").rglob("*.npy"))}


def assert_same(folder, whole):
    assert cells_of(folder) == cells_of(whole)
    assert not list(Path(folder).rglob("*.part"))
    with xr.open_dataset(folder / "sweep.nc") as one, xr.open_dataset(whole / "sweep.nc") as other:
        xr.testing.assert_identical(one.drop_attrs(), other.drop_attrs())


def test_numbers_are_those_of_training_by_hand(whole):
    data = xr.load_dataset(whole / "sweep.nc")
    assert data.test_error.dims == ("d", "mu_norm", "phases", "replica")
    assert list(data.data_vars) == list(QUANTITIES)
    assert data.d.values.tolist() == [50, 10**10]
    assert data.phases.values.tolist() == ["sam", "sgd", "both"]
    assert data.seed.values.tolist() == [2_000_000, 2_000_001, 2_000_002]
    for place in np.ndindex(2, 3, 3, 3):
        point = data.isel(dict(zip(data.test_error.dims, place, strict=True)))
        s = Setting(**FIXED, d=int(point.d), mu_norm=float(point.mu_norm))
        seed = int(point.seed)
        phases = [Phase(**phase) for phase in CONFIG.phases[str(point.phases.values)]]
        x = draw(s, seed)
        path = train(s, x, phases, seed=seed)
        tested = test_error(s, x, path.weights(-1), samples=100, seed=seed)
        expected = {
            "test_error": tested.value,
            "test_error_stderr": tested.stderr,
            "loss": path.loss[-1],
            "epochs": sum(phase.epochs for phase in phases),
            "gamma_max": path.gamma[-1].max(),
            "gamma_mean": path.gamma[-1].mean(),
            "rho_max": path.rho[-1].max(),
            "rho_mean": path.rho[-1].mean(),
        }
        for name, value in expected.items():
            np.testing.assert_allclose(point[name], value, rtol=1e-12, atol=1e-15, err_msg=name)


FIRST = {"rule": "sam", "epochs": 4, "tau": 0.1}
OTHERS = [
    FIRST | {"tau": 0.4},
    FIRST | {"epochs": 5},
    FIRST | {"rule": "sam_per_filter"},
    FIRST | {"replacement": True},
    {"rule": "m_sam", "epochs": 4, "tau": 0.1, "group": 1},
]
TINY = Setting(**FIXED, d=50, mu_norm=4.0)


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_schedules_share_a_run_only_where_they_are_the_same(other):
    job = Job(replicas=2, test_samples=50, first_seed=0, tol=None, schedules=1)
    alone = run_cell(Cell(0, TINY, ((Phase(**FIRST),),)), job)
    same = ((Phase(**FIRST), Phase("sgd", 3)), (Phase(**FIRST),))
    differ = ((Phase(**other), Phase("sgd", 3)), (Phase(**FIRST),))
    for schedules in (same, differ):
        found = run_cell(Cell(0, TINY, schedules), replace(job, schedules=2))
        np.testing.assert_array_equal(found[:, 1], alone[:, 0])
        assert (found[:, 0] != found[:, 1]).any()


SAM_STAGE = {"rule": "sam", "epochs": "T1", "tau": "tau_paper"}


def fingerprint(formulas=FORMULAS, **changes):
    schedule = [SAM_STAGE, {"rule": "sgd", "epochs": 2}]
    fields = {"replicas": 1, "setting": FIXED, "grid": {"d": [50], "mu_norm": [4.0]}, "phases": {"both": schedule}}
    with patch("sweeps.plan.FORMULAS", formulas):
        return Plan(Config(**fields | changes)).check()


def test_the_fingerprint_is_of_every_number_that_decides_a_result():
    twice = [
        FORMULAS | {field: {name: lambda s, f=FORMULAS[field][name]: 2 * f(s)}}
        for field, name in (("epochs", "T1"), ("tau", "tau_paper"))
    ]
    changes = [
        *({"replicas": 2}, {"test_samples": 11}, {"seed_block": 1}, {"tol": 0.1}),
        *({"setting": FIXED | {name: 2 * FIXED[name]}} for name in ("m", "P", "p", "sigma_p", "sigma_0", "eta")),
        {"grid": {"d": [51], "mu_norm": [4.0]}},
        {"grid": {"d": [50], "mu_norm": [4.5]}},
        {"phases": {"both": [SAM_STAGE | {"tau": {"tau_paper": 0.5}}, {"rule": "sgd", "epochs": 2}]}},
        {"phases": {"both": [SAM_STAGE, {"rule": "sgd", "epochs": 3}]}},
    ]
    found = [fingerprint(), *(fingerprint(formulas) for formulas in twice), *(fingerprint(**c) for c in changes)]
    assert len(set(found)) == len(found)
    assert fingerprint() == found[0]


def test_what_diverges_is_nan_and_the_rest_is_not():
    s = Setting(**FIXED | {"d": 50, "mu_norm": 4.0, "eta": 3e306})  # where two of eight replicas overflow
    schedules = ((Phase("sgd", 0),), (Phase("sgd", 0), Phase("sgd", 200)))
    values = run_cell(Cell(0, s, schedules), Job(replicas=8, test_samples=50, first_seed=0, tol=None, schedules=2))
    lost = []
    for seed in range(8):
        try:
            train(s, draw(s, seed), list(schedules[1]), seed=seed)
            lost.append(False)
        except FloatingPointError:
            lost.append(True)
    assert 0 < sum(lost) < 8
    assert np.isnan(values[:, 1]).all(0).tolist() == lost
    assert np.isnan(values[2:, 1]).any(0).tolist() == lost
    assert not np.isnan(values[:, 0]).any()  # the schedule that is its beginning does not suffer


# --- interruption


def test_a_full_disk_keeps_what_was_done(tmp_path, whole, monkeypatch):
    write = Path.write_bytes

    def full(self, data):
        if self.name.startswith("000003.npy"):
            write(self, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(Interrupted, match=r"No space left on device; at least 5 of 6 cells are kept in"):
            sweep(CONFIG, tmp_path, AtOnce())
    assert "000003.npy" not in cells_of(tmp_path)
    assert not list(tmp_path.rglob("*.part"))
    sweep(CONFIG, tmp_path, AtOnce()).close()
    assert_same(tmp_path, whole)


def test_no_memory_ends_the_sweep_in_one_sentence(tmp_path):
    def greedy(cells):
        raise MemoryError("Unable to allocate 74.5 GiB")

    with pytest.raises(Interrupted, match=r"no memory for a cell: Unable to allocate 74\.5 GiB; at least 0 of 6 cells"):
        sweep(CONFIG, tmp_path, AtOnce(greedy))


def test_a_disk_that_is_full_at_the_end_leaves_no_dataset(tmp_path, whole, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("sweeps.dataset.netcdf_file", full)
        with pytest.raises(Interrupted, match="No space left on device; at least 6 of 6 cells are kept"):
            sweep(CONFIG, tmp_path, AtOnce())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells", "sweep.json"]
    executor = AtOnce()
    sweep(CONFIG, tmp_path, executor).close()
    assert executor.tasks == []
    assert_same(tmp_path, whole)


def test_a_killed_worker_is_replaced(tmp_path, whole, monkeypatch):
    pools = []

    class Killed(Pool):
        def submit(self, *arguments, **options):
            future = super().submit(*arguments, **options)
            pools[-1].append(arguments)
            if len(pools) == 1 and len(pools[0]) == 2:
                self._processes[0].kill()
            return future

        def __init__(self, *arguments, **options):
            pools.append([])
            super().__init__(*arguments, **options)

    monkeypatch.setattr(sweeps.run, "Pool", Killed)
    sweep(CONFIG, tmp_path, workers=1).close()
    assert len(pools) == 2
    assert_same(tmp_path, whole)


def _die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)


def test_workers_that_keep_dying_end_the_sweep(tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps.run, "run_task", _die)
    with pytest.raises(Interrupted, match=r"processes died 3 times .*; at least 0 of 6 cells are kept"):
        sweep(CONFIG, tmp_path, workers=1)


def test_a_pool_that_the_caller_lost_ends_the_sweep(tmp_path, whole):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(BrokenProcessPool):
            pool.submit(_die).result()
        with pytest.raises(Interrupted, match=r"the workers were lost: .*; at least 0 of 6 cells are kept"):
            sweep(CONFIG, tmp_path, pool)
    sweep(CONFIG, tmp_path, AtOnce()).close()
    assert_same(tmp_path, whole)


def test_ctrl_c_cancels_what_waits(tmp_path):
    stopped = pytest.raises(Interrupted, match=r"stopped; at least [1-6] of 6 cells are kept")
    with ThreadPoolExecutor(1, initializer=time.sleep, initargs=(0.01,)) as executor, stopped:
        sweep(CONFIG, tmp_path, executor, progress=_interrupt_after(1))
    assert 1 <= len(cells_of(tmp_path)) < 6


def _interrupt_after(count):
    def progress(done):
        if done >= count:
            raise KeyboardInterrupt

    return progress


def test_a_worker_on_another_disk_is_told(tmp_path):
    def elsewhere(cells):
        shutil.rmtree(tmp_path / "cells", ignore_errors=True)

    with pytest.raises(ValueError, match=f"a worker does not see the folder {tmp_path}: all workers need it"):
        sweep(CONFIG, tmp_path, AtOnce(elsewhere))


def test_a_worker_of_another_version_is_told(tmp_path, monkeypatch):
    def other(cells):
        monkeypatch.setattr(sweeps.run, "versions", lambda: {"numpy": "1.0"})

    with pytest.raises(ValueError, match=r"a worker has other versions, \{'numpy': '1.0'\}, than the folder"):
        sweep(CONFIG, tmp_path, AtOnce(other))
    assert not cells_of(tmp_path)


# --- folders


@pytest.fixture
def copy(whole, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    return folder


def damage(path, content):
    path.write_bytes(content(path.read_bytes()))


@pytest.mark.parametrize(
    "content",
    [
        lambda data: b"",
        lambda data: data[:40],
        lambda data: data[:-1],
        lambda data: data[:200] + bytes([data[200] ^ 1]) + data[201:],
        lambda data: b"nonsense" * 100,
    ],
    ids=["empty", "half", "short", "one bit", "foreign"],
)
def test_a_cell_that_is_not_whole_is_made_again(copy, whole, content):
    damage(copy / "cells" / "000" / "000004.npy", content)
    executor = AtOnce()
    sweep(CONFIG, copy, executor).close()
    assert executor.tasks == [[4]]
    assert_same(copy, whole)
