"""What users write: loops over the weights at d = 20,000, in PyTorch and in NumPy, and the same steps compiled."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dynamics import Phase, Setting, draw, train_ensemble
from dynamics.batches import Draws, epochs_of_batches
from dynamics.engines.network import inputs, loss_gradient, sam_direction

# the paper's own synthetic set-up
S = Setting(n=20, d=20_000, m=10, P=2, mu_norm=4.0, sigma_p=1.0, p=0.1, sigma_0=1e-3, B=10, eta=0.01)
TAU, STEPS = 0.03, 20
REPLICAS, EPOCHS = 48, 200


@pytest.fixture(scope="session")
def sample():
    return draw(S, 0, frame="ambient")


@pytest.fixture(scope="session")
def batches():
    epochs = epochs_of_batches(S, 0)
    return np.concatenate([next(epochs) for _ in range(STEPS // S.H)])


def network_loop(x, batches):
    X, W = inputs(x, S.P), x.w0
    for batch in batches:
        W = W - S.eta * sam_direction(W, lambda at, batch=batch: loss_gradient(at, X[batch], x.y[batch]), TAU)
    return W


@pytest.fixture
def torch_loop(sample, batches):
    torch = pytest.importorskip("torch")
    from benchmarks import torch_loop

    X = torch.tensor(inputs(sample, S.P), dtype=torch.float32)
    y, w0 = (torch.tensor(a, dtype=torch.float32) for a in (sample.y, sample.w0))

    def run(form):
        model = torch_loop.FORMS[form](w0)
        torch_loop.train(model, X, y, batches, S.eta, TAU)
        return model.filters.weight.detach().numpy().reshape(sample.w0.shape)

    return run


@pytest.fixture(params=["1", "default"])
def threads(request):
    torch = pytest.importorskip("torch")
    usual = torch.get_num_threads()
    if request.param == "1":
        torch.set_num_threads(1)
    yield request.param
    torch.set_num_threads(usual)


@pytest.mark.parametrize("form", ["matrix", "convolution"])
def test_torch(cost, torch_loop, threads, form, sample, batches):
    import torch

    name = f"loop: torch {form}, threads {threads}"
    used = torch.get_num_threads()
    weights = cost(name, lambda: torch_loop(form), STEPS, threads=used, torch=torch.__version__)
    moved = network_loop(sample, batches) - sample.w0
    assert np.abs(weights - sample.w0 - moved).max() < 1e-3 * np.abs(moved).max()


def test_numpy_network(cost, sample, batches):
    cost("loop: numpy network", lambda: network_loop(sample, batches), STEPS, rounds=3)


def test_compiled(cost):
    x = [draw(S, seed) for seed in range(REPLICAS)]
    phase = Phase("sam", EPOCHS, TAU)
    cost("loop: compiled", lambda: train_ensemble(S, x, phase, record_every=EPOCHS), REPLICAS * EPOCHS * S.H)


def test_compiled_on_all_cores(cost):
    # the kernels hold no lock, so threads do; PyTorch with its default threads has the same cores
    cores = os.cpu_count() or 1
    x, phase = [draw(S, seed) for seed in range(REPLICAS)], Phase("sam", EPOCHS, TAU)
    with ThreadPoolExecutor(cores) as executor:

        def together():
            return list(executor.map(lambda _: train_ensemble(S, x, phase, record_every=EPOCHS), range(cores)))

        cost("loop: compiled, all cores", together, cores * REPLICAS * EPOCHS * S.H, cores=cores)


@pytest.mark.usefixtures("numpy_only")
def test_batched_numpy(cost):
    x = [draw(S, seed) for seed in range(REPLICAS)]
    phase = Phase("sam", EPOCHS, TAU)
    cost("loop: batched numpy", lambda: train_ensemble(S, x, phase, record_every=EPOCHS), REPLICAS * EPOCHS * S.H)


def test_jax(cost):
    pytest.importorskip("jax")
    from benchmarks import jax_loop

    x = [draw(S, seed) for seed in range(REPLICAS)]
    draws = [Draws(S, seed).epochs(Phase("sgd", 1), EPOCHS).reshape(-1, S.B) for seed in range(REPLICAS)]
    work = jax_loop.sam(S, x, np.stack(draws), TAU)
    z = cost("loop: JAX in coefficient space, jit, vmap, scan", work, REPLICAS * EPOCHS * S.H, cores=os.cpu_count())
    runs = train_ensemble(S, x, Phase("sam", EPOCHS, TAU), record_every=EPOCHS)
    for products, run in zip(z, runs, strict=True):
        V = np.vstack([run.sample.mu, run.sample.xi])
        wanted = V @ run.weights(-1).reshape(2 * S.m, -1).T
        assert np.abs(products - wanted).max() < 1e-6 * np.abs(wanted).max()
