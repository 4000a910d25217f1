"""Real digits: the data, what is read off a network, and the whole study at the smallest size."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from dynamics import Phase, draw
from dynamics import test_error as error_in_the_model
from dynamics.digits import measure
from dynamics.digits.images import DigitSample, draw_digits, pair, setting
from dynamics.engines.network import loss, loss_gradient
from dynamics.engines.patches import train_patches
from figures.digits import measure as digits
from figures.digits.contest import SGD, TRAININGS, contest, switch

EIGHT_OR_THREE = pair(3, 8)
S = setting(EIGHT_OR_THREE, n=20, sigma_p=0.2)


def test_a_pair_is_centred_scaled_and_labelled():
    data = EIGHT_OR_THREE
    assert data.images.shape == (1000, 784)
    assert_array_equal(np.bincount(data.labels + 1), [500, 0, 500])
    assert_allclose(data.images.mean(0), 0, atol=1e-12)
    assert (data.images**2).sum(1).mean() == pytest.approx(1)
    assert_allclose(data.images[data.labels == 1].mean(0), data.mu, atol=1e-12)
    assert data.mu @ data.mu + data.within == pytest.approx(1)
    assert_allclose(pair(8, 3).mu, -data.mu, atol=1e-12)
    assert 0.15 < np.linalg.norm(data.mu) < np.linalg.norm(pair(0, 1).mu) < 0.9


def test_draws_are_balanced_held_out_and_flipped_as_often_as_asked():
    x = draw_digits(EIGHT_OR_THREE, S, 0)
    assert x.X.shape == (20, 2, 784)
    assert x.y_hat.sum() == x.test_labels.sum() == 0
    assert x.test_images.shape == (980, 784)
    trained = {image.tobytes() for image in x.X[:, 0]}
    assert len(trained) == 20
    assert not trained & {image.tobytes() for image in x.test_images}
    large = S.replace(n=500, B=250, p=0.3)
    flips = np.mean([draw_digits(EIGHT_OR_THREE, large, seed).y != draw_digits(EIGHT_OR_THREE, large, seed).y_hat
                     for seed in range(8)])  # fmt: skip
    assert abs(flips - 0.3) < 4 * np.sqrt(0.21 / 4000)
    by_bytes = {
        image.tobytes(): label for image, label in zip(EIGHT_OR_THREE.images, EIGHT_OR_THREE.labels, strict=True)
    }
    assert [by_bytes[image.tobytes()] for image in x.X[:, 0]] == x.y_hat.tolist()


def test_test_error_is_that_of_the_model_where_the_images_are_the_signal():
    """Images that are +mu and -mu exactly: the data model of the paper."""
    s = S.replace(d=30, mu_norm=2.0, sigma_p=1.0, P=3, p=0.1, n=10, B=10)
    x = draw(s, 0, frame="ambient")
    W = np.random.default_rng(1).standard_normal((2, s.m, 30)) + x.mu * np.array([1, -1])[:, None, None] / 2
    labels = np.tile([1, -1], 3000)
    sample = DigitSample(np.zeros((10, 2, 30)), x.y, x.y_hat, x.w0, labels[:, None] * x.mu, labels)
    model = error_in_the_model(s, x, W, samples=60_000)
    assert abs(measure.test_error(s, sample, W, seed=3) - model.value) < 5 * model.stderr
    assert 0.15 < model.value < 0.45


def test_gradient_parts_margins_and_active_pairs_by_other_means():
    x = draw_digits(EIGHT_OR_THREE, S, 0)
    W = train_patches(S, x.X, x.y, x.w0, Phase("sgd", 5)).weights
    image, noise = measure.gradient_parts(x, W)
    whole = loss_gradient(W, x.X, x.y)
    assert abs(image - noise) <= np.linalg.norm(whole) <= image + noise
    only_noise = x.X * np.array([0, 1])[:, None]
    fixed = DigitSample(only_noise, x.y, x.y_hat, x.w0, x.test_images, x.test_labels)
    assert_allclose(measure.gradient_parts(fixed, W), (0, np.linalg.norm(loss_gradient(W, only_noise, x.y))))
    own = [(W[0 if y == 1 else 1, r] @ xi > 0) for y, xi in zip(x.y, x.X[:, 1], strict=True) for r in range(S.m)]
    assert measure.active(x, W) == pytest.approx(np.mean(own))
    assert measure.stays_active(x, W, np.zeros_like(W)) == 1
    assert measure.stays_active(x, W, -2 * W) == 0
    flipped = (x.y != x.y_hat).sum()
    assert flipped
    margins = flipped * np.sum(measure.margins(x, W, True)) + (S.n - flipped) * np.sum(measure.margins(x, W, False))
    f = np.log(np.expm1(np.array([loss(W, X[None], np.array([-1])) for X in x.X])))
    assert margins == pytest.approx((x.y * f).sum())


TINY = digits.Plan(
    classes=((0, 1), (3, 8)), n=(20, 50), sigma_p=(0.1, 0.4), seeds=(0, 1), epochs=30, every_pair=((0, 1), (2, 7)),
    at=(20, 0.4), pair_seeds=(0, 1), switches=(20,), shares=(0.0, 1.0), switch_epochs=10,
)  # fmt: skip


def test_the_study_end_to_end_at_its_smallest(capsys):
    data = digits.measure(TINY, workers=1)
    assert "digits: 100%" in capsys.readouterr().err
    assert data.test_error.dims == ("pair", "n", "sigma_p", "seed", "training")
    cell = data.sel(pair="3-8", n=50, sigma_p=0.4, seed=1)
    found, _ = contest((3, 8), 50, 0.4, 1, 30, tuple(TRAININGS))
    assert_allclose(cell.test_error, found[:, 0], atol=2e-4)
    alone, _ = contest((2, 7), 20, 0.4, 1, 30, (SGD,))
    assert_allclose(data.pair_error.sel(both="2-7", pair_seed=1, training=SGD), alone[0, 0], atol=2e-4)
    assert_allclose(data.switch_error.sel(switch_n=20, seed=1), switch((3, 8), 20, 0.4, 1, 10, (0.0, 1.0)), atol=2e-4)
    gain = data.test_error.sel(training="SAM") - data.test_error.sel(training=SGD)
    assert_allclose(data.gain_mean.sel(training="SAM"), gain.mean("seed"))
    assert (data.gain_mean.sel(training=SGD) == 0).all()
    assert data.attrs["exhibit"] == "digits"
    assert "of 2 pairs" in data.attrs["quote_pairs_gain_sam"]


def test_contours_of_a_known_boundary():
    """The error is p + 0.1 where sigma_p = 0.1 n^{1/4}."""
    n, sigma_p = np.array([20, 50, 100, 200]), np.geomspace(0.05, 1.6, 30)
    at = 0.1 * n[:, None] ** 0.25
    error = 0.2 + 0.1 * np.tanh(np.log(sigma_p / at))
    data = xr.Dataset(
        {
            "test_error": (
                ("pair", "n", "sigma_p", "seed", "training"),
                np.tile(error[None, :, :, None, None], (1, 1, 1, 3, 1)),
            )
        },
        coords={"n": n, "sigma_p": sigma_p},
    )
    found = digits._with_contours(data, 0.1)
    assert_allclose(found.contour[0, :, 0, 0], at[:, 0], rtol=2e-3)
    assert_allclose(found.exponent, 0.25, atol=2e-3)
    above = digits._with_contours(data + 0.3, 0.1)
    assert (above.contour == 0).all()
    assert np.isnan(above.exponent).all()


KEPT = Path(__file__).parents[1] / "results" / "digits.nc"


def test_one_start_of_the_kept_study_comes_out_again():
    data, plan = xr.load_dataset(KEPT), digits.Plan()
    found, _ = contest((0, 1), 20, 0.2, 3, plan.epochs, tuple(TRAININGS))
    cell = data.sel(pair="0-1", n=20, sigma_p=0.2, seed=3)
    assert_allclose(cell.test_error, found[:, 0], atol=2e-3)
    assert_allclose(cell.at_switch, found[:, 2], atol=2e-3)
    alone, _ = contest((2, 7), *plan.at, 4, plan.epochs, (SGD,))
    assert_allclose(data.pair_error.sel(both="2-7", pair_seed=4, training=SGD), alone[0, 0], atol=2e-3)
