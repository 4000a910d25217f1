"""Experiments are what the code computes: committed numbers come out again, and the pieces are right."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from dynamics import Phase, draw, test_error, train
from dynamics.engines.patches import train_patches
from dynamics.phase import cut
from dynamics.replay import replay
from dynamics.units import natural, regime
from figures.cnn import measure as cnn
from figures.deactivation import measure as deactivation
from figures.error_curve import measure as error_curve
from figures.filters import measure as filters
from figures.interval import summary
from figures.nuisance import measure as nuisance
from figures.nuisance.tiles import cut as cut_tiles
from figures.nuisance.tiles import effective_dimension
from figures.phase import measure as phase
from figures.robustness import measure as robustness
from figures.stages import measure as stages
from theorems.beyond.variants.gap_robustness import BASE
from theorems.beyond.variants.schedules import sam, sgd
from theorems.sam.deactivation import PAPER

RESULTS = Path(__file__).parent.parent / "results"


def committed(name):
    return xr.load_dataset(RESULTS / f"{name}.nc")


def test_deactivation_comes_out_again():
    again, old = deactivation.measure(seeds=(0, 1), ratios=(0.001, 1.0)), committed("deactivation")
    part = old.sel(seed=[0, 1], ratio=[0.001, 1.0])
    np.testing.assert_array_equal(again.triples, part.triples)
    np.testing.assert_allclose(again.share, part.share, atol=1e-12)
    np.testing.assert_allclose(again.reach, part.reach, rtol=1e-9)
    np.testing.assert_allclose(again.margin, part.margin, rtol=1e-9)


def test_stages_come_out_again():
    again, old = stages.measure(seeds=(0, 1), after=1_000), committed("stages").sel(replica=[0, 1])
    at = {"epoch": [0, 1, old.attrs["switch"]]}
    for name in ("loss", "gamma", "rho"):
        np.testing.assert_allclose(again[name].sel(at), old[name].sel(at), rtol=1e-6)
    np.testing.assert_allclose(again.test_error.sel(at), old.test_error.sel(at), atol=1e-3)
    x = draw(stages.SETTING, 0)
    run = train(stages.SETTING, x, [Phase("sgd", 1)], 0)
    own = np.broadcast_to(x.y == np.array([1, -1])[:, None, None], run.rho[1].shape)
    first = old.sel(training="SGD", epoch=1, replica=0)
    np.testing.assert_allclose([first.gamma, first.rho], [run.gamma[1].mean(), run.rho[1][own].mean()], rtol=1e-9)


def test_filters_by_hand():
    """Products at `W` and `W + eps` from a run that records its weights, and eps from the step that SAM takes."""
    s = regime(n=6, d=3000, m=4, mu_norm=6.0, B=6, step=0.3, start=0.1)
    stage = Phase("sam", 20, tau=0.3)
    data = filters.measure(2, s, stage)
    assert list(data.epoch.values) == [1, 10, 20]
    x = draw(s, 2)
    assert (np.diff(data.label) <= 0).all()
    for name, phase_of in (("SGD", Phase("sgd", 20)), ("SAM", stage)):
        run = train(s, x, [phase_of], 2)
        for epoch in data.epoch.values:
            W = run.weights(int(epoch))
            V = np.vstack([x.mu, x.xi])
            one_step, there = [Phase("sam", 1, tau=0.3)], dataclasses.replace(x, w0=W)
            step = next(replay(train(s, there, one_step, 0, record_every="step")))
            for k, i in enumerate(data.sample.values):
                j = (1 - x.y[i]) // 2
                one = data.sel(optimiser=name, epoch=epoch).isel(sample=k)
                unit = s.sigma_0 * s.sigma_p * np.sqrt(s.d)
                np.testing.assert_allclose(one["product"] * unit, W[j] @ V[i + 1], rtol=1e-9)
                moved = (step.noise + step.noise_shift)[j][:, list(step.batch).index(i)]
                np.testing.assert_allclose(one.shifted * unit, moved, rtol=1e-7)
                np.testing.assert_allclose(one.rho, run.rho[epoch][j, :, i], rtol=1e-9, atol=1e-15)


def test_robustness_by_hand(monkeypatch):
    s = natural(BASE.replace(n=8, B=4, m=4, d=2000, P=4, mu_norm=6.0), step=0.5)
    variants = {"SGD": sgd, "SAM": sam, robustness.FULL: sam}
    monkeypatch.setattr(robustness, "VARIANTS", variants)
    monkeypatch.setattr(robustness, "SETTINGS", {"tiny": s})
    data = robustness.measure(seeds=(0, 1), settings=("tiny",)).sel(setting="tiny")
    assert list(data.variant.values) == [*variants, "SGD, independent patches", "SAM, independent patches"]
    full = s.replace(B=8, eta=2 * s.eta)
    for name, t, phases in (("SGD", s, sgd(s)), ("SAM", s, sam(s)), (robustness.FULL, full, sam(full))):
        for seed in (0, 1):
            x, one = draw(t, seed), data.sel(variant=name, replica=seed)
            run = train(t, x, phases, seed, tol=0.05)
            stage = run.rho[min(phases[0].epochs, run.epoch[-1])]
            own = np.broadcast_to(x.y == np.array([1, -1])[:, None, None], stage.shape)
            assert one.loss == pytest.approx(run.loss[-1], rel=1e-9)
            assert one.noise_max == pytest.approx(stage[own].max(), rel=1e-9)
            assert one.noise_mean == pytest.approx(stage[own].mean(), rel=1e-9)
            assert one.signal == pytest.approx(run.gamma[-1].mean(), rel=1e-9)
            assert one.test_error == test_error(t, x, run.weights(-1), robustness.TEST_SAMPLES, seed).value
            assert np.isnan(one.deactivated) == (name == "SGD")
    for name, schedule in (("SGD", sgd), ("SAM", sam)):
        for seed in (0, 1):
            x, X = robustness.independent_patches(s, seed)
            phases = schedule(s)
            watched = {"tol": 0.05, "watch": lambda W: W.copy()}
            run = train_patches(s, X, x.y[::3], x.w0, phases, seed, record_every=10**9, **watched)
            one = data.sel(variant=name + robustness.INDEPENDENT, replica=seed)
            V = np.vstack([x.mu, x.xi])  # the signal, then three patches a sample
            stage, end = (
                np.linalg.solve(V @ V.T, V @ (W - x.w0).reshape(8, -1).T) * (V**2).sum(1)[:, None]
                for W in (run.seen[1], run.seen[-1])
            )
            pairs = stage[1:].reshape(8, 3, 2, 4).sum(1)
            rho = np.array([pairs[i, 0 if y > 0 else 1] for i, y in enumerate(x.y[::3])])
            assert (one.noise_max, one.noise_mean) == (pytest.approx(rho.max()), pytest.approx(rho.mean()))
            assert one.signal == pytest.approx((end[0, :4].mean() - end[0, 4:].mean()) / 2)
            assert one.loss == pytest.approx(run.loss[-1], rel=1e-9)
            assert one.test_error == robustness.independent_error(s, x.mu, run.weights, seed)
    assert (data.noise_mean.sel(variant="SAM") < data.noise_mean.sel(variant="SGD")).all()


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([0.5, 0.4, 0.1], 2 * 2 ** (2 / 3)),  # falls from 0.4 to 0.1 between 2 and 4: 0.2 is two thirds of the way
        ([0.1, 0.1, 0.1], 0.0),
        ([0.5, 0.5, 0.3], np.inf),
        ([0.1, 0.4, 0.1], 2 * 2 ** (2 / 3)),  # for good
        ([0.5, np.nan, 0.1], np.nan),
    ],
)
def test_contour_is_where_the_error_falls_for_good(errors, expected):
    found = phase.contour(np.array([1.0, 2.0, 4.0]), np.array(errors), 0.2)
    np.testing.assert_allclose(found, expected)


def test_median_interval_is_that_of_the_tables():
    """Ten values: the 2nd and the 9th, with confidence 0.979; the 3rd and 8th would have 0.891."""
    values = [5.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    assert phase.median_interval(values) == (2.0, 5.5, 9.0)
    assert phase.median_interval([*values, 11.0]) == (2.0, 6.0, 10.0)  # the 3rd and 9th would have 0.935
    assert phase.median_interval([3.0, 1.0, 2.0]) == (1.0, 2.0, 3.0)
    assert phase.median_interval([0.0] * 6 + [1.0] * 4) == (0.0, 0.0, 1.0)
    assert phase.median_interval([1.0] * 4 + [np.inf] * 6) == (1.0, np.inf, np.inf)
    assert np.isnan(phase.median_interval([1.0, np.nan])).all()


SIZES = {"n": 20, "m": 10, "P": 3, "B": 20, "sigma_p": 0.5, "p": 0.1}


def a_sweep(boundary):
    """A sweep whose test error is p + 0.1 exactly at a boundary, a function of d, up to a factor for each replica."""
    d, mu_norm, factor = np.array([1e3, 1e5, 1e7]), np.geomspace(0.5, 200, 40), np.linspace(0.9, 1.1, 11)
    at = boundary(d)[:, None, None] * factor
    error = 0.2 - 0.1 * np.tanh(np.log(mu_norm[:, None] / at))
    sizes = {f"setting_{name}": value for name, value in SIZES.items()}
    return xr.Dataset(
        {"test_error": (("d", "mu_norm", "phases", "replica"), error[:, :, None])},
        coords={"d": d.astype(int), "mu_norm": mu_norm, "phases": ["sgd"], "seed": ("replica", np.arange(11))},
        attrs=sizes,
    )


def test_phase_finds_a_boundary_that_is_known():
    found = phase.measure(a_sweep(lambda d: d**0.25), "phase_test").isel(phases=0)
    np.testing.assert_allclose(found.contour_median, np.array([1e3, 1e5, 1e7]) ** 0.25, rtol=2e-3)
    assert ((found.contour_lower < found.contour_median) & (found.contour_median < found.contour_upper)).all()
    np.testing.assert_allclose(found.harmful_sgd, 0.3 * (np.array([1e3, 1e5, 1e7]) / 20) ** 0.25 * 1.5)
    np.testing.assert_allclose(found.benign_sgd / found.harmful_sgd, 5)
    np.testing.assert_allclose(found.threshold_sam, 1.5)
    np.testing.assert_allclose(found.signal_limit, np.sqrt(np.array([1e3, 1e5, 1e7]) / 20) * 1.5)
    assert found.attrs["harmful"] == pytest.approx(0.2)


def test_phase_reads_contours_where_condition_3_1_holds_and_counts_the_rest():
    """Harmful again where the signal is too strong for the dimension: d = 1e3 from 10.6 on, d = 1e5 from 106 on."""
    sweep = a_sweep(lambda d: d**0.25)
    limit = xr.DataArray(np.sqrt(sweep.d / 20) * 1.5)
    beyond = sweep.assign(test_error=sweep.test_error.where((sweep.mu_norm <= limit) | (sweep.replica < 4), 0.5))
    found, plain = phase.measure(beyond, "phase_test"), phase.measure(sweep, "phase_test")
    for name in ("lower", "median", "upper"):
        np.testing.assert_array_equal(found[f"contour_{name}"], plain[f"contour_{name}"])
    assert found.harmed_beyond.item() == pytest.approx(7 / 11)
    assert plain.harmed_beyond.item() == 0
    inside = phase.measure(sweep.isel(d=[2]), "phase_test")
    assert "signal_limit" not in inside
    assert "harmed_beyond" not in inside


def test_one_cell_of_the_papers_grid_comes_out_again():
    """d = 20,000, ||mu|| = 4: the cell that the paper's regime is known by, here from its own numbers."""
    data = committed("phase_paper").sel(d=20_000, mu_norm=4.0)
    s = PAPER.replace(mu_norm=4.0)
    for name, phases in (("sgd", [Phase("sgd", 100)]), ("sam", [Phase("sam", 100, tau=0.03)])):
        errors = []
        for seed in range(10):
            x = draw(s, seed)
            run = train(s, x, phases, seed, record_every=100)
            errors.append(test_error(s, x, run.weights(-1), 2_000, seed).value)
        assert data.test_error.sel(phases=name).item() == pytest.approx(np.mean(errors), abs=1e-3)


def test_training_in_pieces_is_the_same_training():
    whole = [Phase("sam", 9, tau=0.03), Phase("sgd", 8)]
    pieces = cut(whole, [0, 3, 4, 9, 12, 17, 40])
    assert [phase.epochs for phase in pieces] == [3, 1, 5, 3, 5]
    assert [phase.rule for phase in pieces] == ["sam"] * 3 + ["sgd"] * 2
    x = draw(PAPER, 0)
    one, other = train(PAPER, x, whole), train(PAPER, x, pieces, record_every=10**6)
    assert list(other.epoch) == [0, 3, 4, 9, 12, 17]
    np.testing.assert_array_equal(one.rho[other.epoch], other.rho)


def test_interval_is_students():
    values = xr.DataArray([[1.0, 2.0, 3.0, 4.0]], dims=("a", "replica"))
    found = summary(values, "replica", "x")
    half = 3.182446305 * np.sqrt(5 / 3) / 2  # t quantile of 3 degrees of freedom
    assert found["x_mean"].item() == 2.5
    assert found["x_lower"].item() == pytest.approx(2.5 - half)
    assert found["x_upper"].item() == pytest.approx(2.5 + half)
    with pytest.raises(ValueError, match="1 replicas are not allowed"):
        summary(values.isel(replica=[0]), "replica", "x")


def test_one_patch_of_noise_is_independent_of_nothing():
    """At P = 2 independent patches are the ordinary model: the same start, inputs and test error."""
    s = robustness.SETTINGS["d = 1e5"]
    x, X = robustness.independent_patches(s, 3)
    ordinary = draw(s, 3)
    np.testing.assert_array_equal(x.xi, ordinary.xi)
    np.testing.assert_array_equal(X[:, 0], ordinary.y_hat[:, None] * ordinary.mu)
    np.testing.assert_array_equal(X[:, 1], ordinary.xi)
    run = train(s, ordinary, [Phase("sgd", 30)])
    error = robustness.independent_error(s, x.mu, run.weights(-1), 3)
    assert error == pytest.approx(test_error(s, ordinary, run.weights(-1), robustness.TEST_SAMPLES, 3).value, abs=1e-12)


def test_independent_patches_are_independent():
    s = robustness.SETTINGS["d = 1e5, P = 4"]
    x, X = robustness.independent_patches(s, 0)
    assert X.shape == (s.n, 4, len(x.mu))
    noise = X[:, 1:].reshape(-1, len(x.mu))
    K = noise @ noise.T / s.d
    assert np.abs(K - np.eye(len(K))).max() < 6 / np.sqrt(s.d) * np.sqrt(2)
    assert set(x.y.reshape(s.n, 3).min(1) - x.y.reshape(s.n, 3).max(1)) == {0}


def test_the_error_curve_comes_out_again():
    again, old = error_curve.measure(seeds=(0, 1), z=(0.8, 1.5)), committed("error_curve")
    part = old.sel(replica=[0, 1], z=[0.8, 1.5])
    np.testing.assert_allclose(again.excess, part.excess, atol=2e-3)
    np.testing.assert_allclose(again.derived, part.derived, atol=1e-6)
    np.testing.assert_allclose(again.law, old.law)
    variances = error_curve.decaying(1000, 0.5)
    assert variances.mean() == pytest.approx(1)
    assert variances[99] / variances[399] == pytest.approx(2)


def test_effective_dimension_is_that_of_the_spectrum():
    rng = np.random.default_rng(0)
    variances = np.array([4.0, 1.0, 1.0, 0.25])
    pieces = rng.standard_normal((4000, 4)) * np.sqrt(variances)
    assert effective_dimension(pieces) == pytest.approx(variances.sum() ** 2 / (variances**2).sum(), rel=0.05)
    grey = np.arange(30.0).reshape(5, 6)
    assert np.array_equal(cut_tiles(grey, 2)[1], [2, 3, 8, 9])
    assert len(cut_tiles(grey, 2)) == 6  # the fifth row is left over


def test_nuisance_by_hand():
    kinds = ("photographs, whitened", "Gaussian")
    plan = nuisance.Plan(kinds, side=32, n=(20, 40), mu_norm=(1.0, 20.0), seeds=(0, 1))
    data = nuisance.measure(plan)
    s = nuisance._setting(plan, 20, 20.0)
    for kind in plan.kinds:
        x, held_out = nuisance.sample(plan, kind, s, 1)
        assert held_out.shape == (500, 1024)
        every = np.concatenate([x.xi, held_out])
        assert (every**2).sum(1).mean() == pytest.approx(1024)
        assert len(np.unique(every.round(9), axis=0)) == 520  # no piece twice
        path = train(s, x, [Phase("sgd", 2000)], seed=1, record_every=2000, tol=0.05)
        w = path.weights(-1)
        wrong = 0
        for label in (1, -1):
            for xi in held_out:
                positive, negative = (sum(np.maximum(v @ patch, 0).mean() for patch in (label * x.mu, xi)) for v in w)
                wrong += label * (positive - negative) <= 0
        expected = s.p + (1 - 2 * s.p) * wrong / 1000
        assert data.test_error.sel(kind=kind, n=20, mu_norm=20.0, training="SGD", seed=1) == pytest.approx(expected)
    assert float(data.test_error.sel(mu_norm=1.0, training="SGD").min()) > float(
        data.test_error.sel(mu_norm=20.0).max()
    )


def test_the_convolutional_network_by_hand():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; it is needed by the experiment `cnn` only")
    from figures.cnn import network

    task = network.Task(n=20, B=10, epochs=2)
    data = network.Digits(task, 3)
    assert (data.x.shape, data.test_x.shape) == ((20, 1, 28, 28), (4980, 1, 28, 28))
    w = network.start(3)
    up = network.ascended(w, data.x[:10], data.y[:10], 0.5)
    moved = [(a - b).detach() for a, b in zip(up, w, strict=True)]
    assert float(sum((part**2).sum() for part in moved)) ** 0.5 == pytest.approx(0.5, rel=1e-5)
    seen = []
    for name in ("SGD", "SAM", "SAM, ascent on another batch", "SAM, then SGD"):
        schedule, ends = network.Schedule(**cnn.SCHEDULES[name]), []
        network.train(task, schedule, data, 0.5, 3, lambda epoch, v, ends=ends: ends.append([a.clone() for a in v]))
        seen.append(ends)
    batches = next(network.epochs_of(task, data.y, 3, "mixed"))
    assert sorted(batches.ravel()) == list(range(20))
    by_hand = w
    for batch in batches:
        at = network.ascended(by_hand, data.x[batch], data.y[batch], 0.5)
        g = network.gradient(at, data.x[batch], data.y[batch])
        by_hand = [(a - task.eta * b).detach().requires_grad_() for a, b in zip(by_hand, g, strict=True)]
    assert all(torch.allclose(a, b) for a, b in zip(seen[1][1], by_hand, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(seen[1][1], seen[3][1], strict=True))  # the first half is SAM
    assert not all(torch.allclose(a, b) for a, b in zip(seen[1][2], seen[2][2], strict=True))
    one_class = next(network.epochs_of(task, data.y, 3, "one class"))
    assert all(len(data.y[batch].unique()) == 1 for batch in one_class)
