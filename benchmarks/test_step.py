"""One step of SGD and of SAM, a replica: compiled kernels, batched NumPy, and the products alone by dgemm.

Batches, set-up and the two records of each run are included. dgemm gets its matrices for nothing.
"""

import numpy as np
import pytest

from benchmarks.products import sam_products, sgd_products
from benchmarks.workloads import SHAPES, SMALL, samples, stage
from dynamics import train, train_ensemble

CASES = [(shape, rule) for shape in SHAPES for rule in ("sam", "sgd")]


# what is compared is measured one after the other
@pytest.mark.parametrize("engine", ["compiled", "numpy", "dgemm"])
@pytest.mark.parametrize(("shape", "rule"), CASES, ids=lambda part: getattr(part, "name", part))
def test_step(cost, shape, rule, engine, request):
    if engine == "numpy":
        request.getfixturevalue("numpy_only")
    work = products(shape, rule) if engine == "dgemm" else ensemble(shape, rule)
    cost(f"{rule} {shape.name}: {engine}", work, shape.steps, shape.rounds, flop=shape.flop(rule))


def ensemble(shape, rule):
    s = shape.setting()
    x = samples(s, shape.replicas)
    return lambda: train_ensemble(s, x, stage(s, rule, shape.epochs), record_every=shape.epochs)


def products(shape, rule):
    rng = np.random.default_rng(0)
    K = rng.standard_normal((1 + shape.n, 1 + shape.n))
    K_I, K_II = (np.ascontiguousarray(K[:rows, : 1 + shape.B]) for rows in (1 + shape.n, 1 + shape.B))
    G = rng.standard_normal((1 + shape.B, 2 * shape.m))
    moved, change = np.empty_like(G), np.empty((1 + shape.n, 2 * shape.m))
    if rule == "sam":
        return lambda: sam_products(K_II, K_I, G, moved, change, shape.steps)
    return lambda: sgd_products(K_I, G, change, shape.steps)


@pytest.mark.parametrize("N", [200, 400, 1000, 2000])
def test_peak(cost, N):
    rng = np.random.default_rng(0)
    A, G = rng.standard_normal((2, N, N))
    out, repeats = np.empty_like(A), max(1, (500 // N) ** 3)
    cost(f"peak {N}", lambda: sgd_products(A, G, out, repeats), repeats, flop=2 * N**3)


def one_run():
    s = SMALL.setting()
    x = samples(s, 1)[0]
    return lambda: train(s, x, stage(s, "sam", 1000), record_every=1000), 1000 * s.H


def test_one_run_compiled(cost):
    cost("one run: compiled", *one_run())


@pytest.mark.usefixtures("numpy_only")
def test_one_run_numpy(cost):
    cost("one run: numpy", *one_run(), rounds=3)


@pytest.mark.parametrize("record_every", [1, "geometric", 10_000])
def test_recording(cost, record_every):
    s = SMALL.setting()
    x = samples(s, 1)[0]
    run = cost(
        f"recording: {record_every}",
        lambda: train(s, x, stage(s, "sam", 10_000), record_every=record_every),
        10_000 * s.H,
        rounds=3,
    )
    cost.add(records=len(run.epoch), bytes=run.gamma.nbytes + run.rho.nbytes)
