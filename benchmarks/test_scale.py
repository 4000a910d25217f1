"""How cost and memory depend on the dimension and on the number of steps, and a long first stage end to end."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.workloads import SMALL, long_first_stage, samples, stage
from dynamics import Phase, Sample, draw, test_error, train, train_ensemble
from dynamics.replay import replay
from theorems.condition import t1_epochs

DIMENSIONS = (10**3, 10**10)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_step(cost, d):
    s = SMALL.setting(d)
    x = samples(s, SMALL.replicas)
    phase = stage(s, "sam", SMALL.epochs)
    cost(f"d = {d}: step", lambda: train_ensemble(s, x, phase, record_every=SMALL.epochs), SMALL.steps, rounds=9)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_whole_run(cost, d):
    s = SMALL.setting(d)

    def runs():
        for seed in range(20):
            x = draw(s, seed)
            path = train(s, x, [stage(s, "sam", 100), Phase("sgd", 100)], seed, record_every=200)
            test_error(s, x, path.weights(-1), samples=2000, seed=seed)

    cost(f"d = {d}: run", runs, 20, rounds=5)


def test_long_first_stage(cost):
    s = long_first_stage()

    def end_to_end():
        x = draw(s, 0)
        phases = [stage(s, "sam", t1_epochs(s)), Phase("sgd", 1000)]
        path = train(s, x, phases, record_every="geometric")
        return path, test_error(s, x, path.weights(-1), samples=10_000, seed=0)

    path, error = cost("long first stage", end_to_end, rounds=1, warm=False, steps=(t1_epochs(s) + 1000) * s.H)
    cost.add(
        epochs=int(path.epoch[-1]), records=len(path.epoch), loss=float(path.loss[-1]), test_error=error.value, p=s.p
    )


@pytest.mark.once
@pytest.mark.parametrize(
    ("d", "epochs"), [(10**3, 10**3), (10**3, 10**4), (10**10, 10**4), (10**3, 10**6)], ids=lambda v: f"{v:g}"
)
def test_peak_memory(cost, d, epochs):
    def child():
        command = [sys.executable, "-m", "benchmarks.peak_memory", str(d), str(epochs)]
        root = Path(__file__).parent.parent
        return json.loads(subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout)

    cost.add(**cost(f"memory: d = {d}, {epochs} epochs", child, rounds=1, warm=False))


@pytest.mark.once
def test_still_epochs(cost):
    s = long_first_stage()
    x = draw(s, 0)

    def shares():
        far = train(s, x, stage(s, "sam", 100_000), record_every=100_000)
        later = Sample.from_arrays(mu=x.mu, xi=x.xi, w0=far.weights(-1), y=x.y, y_hat=x.y_hat)
        return {"start": still_share(s, x), "later": still_share(s, later)}

    cost.add(**cost("still epochs", shares, rounds=1, warm=False))


def still_share(s, x, epochs=1000):
    """Share of epochs in which every product has the sign that it had at its sample's last visit, at W and W + eps."""
    last: dict[int, bytes] = {}
    still = np.ones((epochs, s.H), dtype=bool)
    for k, step in enumerate(replay(train(s, x, stage(s, "sam", epochs), record_every="step"))):
        signal = np.stack([step.signal, step.signal + step.signal_shift]) > 0
        noise = np.stack([step.noise, step.noise + step.noise_shift]) > 0
        for b, i in enumerate(step.batch):
            seen = np.concatenate([signal.ravel(), noise[..., b].ravel()]).tobytes()
            still[divmod(k, s.H)] &= last.get(i) == seen
            last[i] = seen
    return float(still[1:].all(axis=1).mean())
