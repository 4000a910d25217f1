"""Jobs, the pool that makes them, and that it changes nothing."""

from dataclasses import replace

import pytest
from threadpoolctl import threadpool_info

from dynamics.processes import Pool
from verify.check import check, check_control
from verify.run import Job, jobs, run

CHEAP = ["noise_norms", "decomposition"]


def test_a_job_makes_its_check():
    def same(one, other):
        return replace(one, seconds=0.0) == replace(other, seconds=0.0)

    assert same(Job("noise_norms", None, "quick", 1)(), check("noise_norms", "quick", 1))
    assert same(Job("noise_norms", 1, "quick", 1)(), check_control("noise_norms", 1, "quick", 1))


def threads():
    """Threads of every pool in this process, after some linear algebra."""
    check("decomposition")
    return [library["num_threads"] for library in threadpool_info()]


def test_workers_use_one_thread(monkeypatch):
    # four threads are asked for, so that one is no accident, whatever the machine
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setenv("MKL_NUM_THREADS", "4")
    with Pool(1) as executor:
        found = executor.submit(threads).result()
    assert found
    assert set(found) == {1}


@pytest.mark.parametrize("workers", [1, 2])
def test_pool_changes_nothing(workers):
    wanted = jobs(CHEAP)
    found = dict(run(wanted, workers))
    assert set(found) == set(wanted)
    for job in wanted:
        assert replace(found[job], seconds=0.0) == replace(job(), seconds=0.0), job.name
