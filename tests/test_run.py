"""Jobs, the pool that makes them, and that it changes nothing."""

import pickle
from dataclasses import replace

import pytest
from threadpoolctl import threadpool_info

from dynamics.processes import Pool
from theorems import catalogue
from verify.check import check, check_control
from verify.run import Job, jobs, run, submit

CHEAP = ["noise_norms", "decomposition"]


def test_all_jobs():
    found = jobs()
    assert [job.id for job in found if job.control is None] == list(catalogue)
    assert len(found) == sum(1 + len(statement.controls) for statement in catalogue.values())
    assert {(job.scale, job.seed) for job in found} == {("quick", 0)}


def test_a_statement_is_followed_by_its_controls():
    found = jobs(["init_norms", "noise_norms"], scale="full", seed=4)
    assert found == [Job(id, control, "full", 4) for id in ("init_norms", "noise_norms") for control in (None, 0, 1)]
    assert [job.name for job in found[:3]] == ["init_norms", "init_norms-control0", "init_norms-control1"]


def test_without_controls():
    assert jobs(CHEAP, controls=False) == [Job(id, None, "quick", 0) for id in CHEAP]
    assert [job.id for job in jobs(controls=False)] == list(catalogue)


def test_names_are_distinct():
    names = [job.name for job in jobs()]
    assert len(set(names)) == len(names)


def test_unknown_statement():
    with pytest.raises(ValueError, match=r"statement 'decompositon' is not known; .*decomposition"):
        jobs(["noise_norms", "decompositon"])


def test_a_job_makes_its_check():
    def same(one, other):
        return replace(one, seconds=0.0) == replace(other, seconds=0.0)

    assert same(Job("noise_norms", None, "quick", 1)(), check("noise_norms", "quick", 1))
    assert same(Job("noise_norms", 1, "quick", 1)(), check_control("noise_norms", 1, "quick", 1))


def test_jobs_travel():
    for job in jobs():
        assert pickle.loads(pickle.dumps(job)) == job


def test_longest_training_is_handed_out_first():
    handed = []

    class Executor:
        def submit(self, job):
            handed.append(job)
            return job.name

    wanted = jobs(["noise_norms", "headline", "batch_balance"], controls=False)
    assert submit(Executor(), wanted) == {job: job.name for job in wanted}
    assert [job.id for job in handed] == ["headline", "batch_balance", "noise_norms"]


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
