"""Jobs, the pool that makes them, and that it changes nothing."""

import os
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import verify.observe
import verify.run
from dynamics import Phase
from dynamics.processes import Died, Pool
from theorems import catalogue
from theorems.statement import World
from verify.check import check, check_control
from verify.observe import keep_runs, observe
from verify.report.progress import Progress
from verify.run import Job, in_turns, jobs, run
from verify.verdict import Failure

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


def test_kept_runs_are_those_that_would_be_trained(natural, monkeypatch):
    trained = []
    real = verify.observe._trained
    monkeypatch.setattr(verify.observe, "_trained", lambda *given: trained.extend(given[3]) or real(*given))
    phases = (Phase("sgd", 40),)
    world = World(natural(), phases=phases, rival=phases, record_every=100, tol=0.3)
    monkeypatch.setattr(verify.observe, "_shared", ())
    alone = list(observe(world, range(5)))
    assert len(trained) == 10
    trained.clear()
    keep_runs(world.trainings)
    list(observe(replace(world, rival=()), range(2)))
    kept = list(observe(world, range(5)))
    list(observe(replace(world, rival=(), test_samples=10), range(5)))
    assert trained == [0, 1, 2, 3, 4]
    for one, other in zip(alone, kept, strict=True):
        np.testing.assert_array_equal(one.trained.rho, other.trained.rho)
        np.testing.assert_array_equal(other.rival_trained.loss, one.rival_trained.loss)
    list(observe(replace(world, tol=0.2), range(5)))  # nobody said that it is shared
    assert len(trained) == 5 + 10
    keep_runs(world.trainings)
    monkeypatch.setattr(verify.observe, "_CHUNK_BYTES", 10**4)  # room for three runs
    list(observe(replace(world, rival=()), range(5)))
    list(observe(replace(world, rival=()), range(5)))
    assert len(trained) == 15 + 5 + 2
    keep_runs(())


def test_checks_that_train_the_same_are_one_turn_and_the_longest_is_first():
    wanted = jobs()
    quick, longest, *rest = in_turns(wanted)
    assert sorted(job.name for turn in (quick, longest, *rest) for job in turn) == sorted(job.name for job in wanted)
    assert not any(world.phases for world in catalogue[quick[0].id].all_worlds(quick[0].control))
    assert {"sam_benign", "headline", "sharpness_order"} <= {job.id for job in longest}
    of = {job: k for k, turn in enumerate((quick, longest, *rest)) for job in turn}
    first = {}
    for job in wanted:
        for world in catalogue[job.id].all_worlds(job.control):
            for what in world.trainings if world.run_bytes <= verify.run._RUN_BYTES else ():
                assert of[first.setdefault(what, job)] == of[job]


def ends():
    os._exit(3)


def remembers():
    return os.getpid()


def test_a_turn_is_made_by_one_process_whatever_becomes_of_one_call():
    with Pool(2) as executor:
        one, lost, raised, *others = executor.submit_in_turn([remembers, ends, partial(int, "x"), remembers, remembers])
        with pytest.raises(Died, match="exit code 3"):
            lost.result()
        with pytest.raises(ValueError, match="invalid literal"):
            raised.result()
        assert others[0].result() == others[1].result() != one.result()
        assert executor.submit(abs, -3).result() == 3
        many = [executor.submit_in_turn([partial(time.sleep, 600), remembers]) for _ in range(4)]
        executor.end()
    assert all(future.done() for turn in many for future in turn)


def test_a_line_a_check_with_the_time_that_is_left(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    progress = Progress({"noise_norms": 30.0, "noise_norms-control0": 10.0, "class_counts": 260.0}, workers=2)
    verdict = check("noise_norms")
    clock[0] += 30.0  # twice what was expected, of which 30 s are believed
    line = progress.line("noise_norms", replace(verdict, seconds=12.34))
    assert line.startswith("1/3 ok noise_norms          confirmed")
    assert "12.3 s" in line
    assert f"{60 / 45 * 270 / 2 / 60:.0f} min left  held in 200 of 200" in line
    assert len(line) <= 120
    assert " NO " in progress.line("noise_norms-control0", replace(verdict, control="broken"))
    last = progress.line("class_counts", Failure("class_counts", None, "its process ended", True))
    assert "NO class_counts" in last
    assert "no verdict" in last
    assert "done  its process ended" in last
