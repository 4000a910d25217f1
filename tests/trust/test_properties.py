"""What must stay the same when a run is written in another way: units, copies, orders, signs, frames, files.

`pytest tests/trust/test_properties.py --hypothesis-profile long --hypothesis-show-statistics` tries many more.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_runs import experiments

from dynamics import Phase, Sample, Trajectory, draw, test_error, train, train_network

pytestmark = pytest.mark.usefixtures("both_ways")

ENGINES = st.sampled_from([train, train_network])


@pytest.fixture(scope="module")
def experiment(natural, radius):
    """Draw a setting, phases, a seed and a sample.

    With d <= n the data are dependent, and a gradient can cancel to its rounding, which SAM's unit direction then
    makes large: 1e-7 after one step was seen. So d > n here.
    """

    def pick(data, **fixed):
        s, phases, seed, frame = data.draw(experiments(natural, radius))
        s = s.replace(d=max(s.d, s.n + 1), **fixed)
        return s, phases, seed, draw(s, seed, frame)

    return pick


def radii(phases, factor):
    return [Phase(phase.rule, phase.epochs, phase.tau and phase.tau * factor) for phase in phases]


def changed(x, **changes):
    return Sample(**vars(x) | changes)


def assert_close(found, wanted, rtol=1e-9, step=0.0):
    """Compare arrays relative to the largest entry, or to the rounding of so large a step.

    Where the parts of a step cancel, their rounding stays.
    """
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max(initial=0) <= rtol * np.abs(wanted).max(initial=0) + 1e-14 * step


def step_of(run):
    """Return the largest step of the coefficients that the learning rate allows."""
    s, x = run.setting, run.sample
    lengths = np.array([x.mu @ x.mu, *((s.P - 1) ** 2 * np.einsum("id,id->i", x.xi, x.xi))])
    return s.eta * lengths.max() / s.m


def assert_same_coefficients(run, other, rtol=1e-9):
    for name in ("gamma", "rho", "loss"):
        assert_close(getattr(run, name), getattr(other, name), rtol, step_of(run))


def assert_same_bits(run, other):
    for name in ("gamma", "rho", "loss"):
        assert np.array_equal(getattr(run, name), getattr(other, name)), name


def in_units(s, phases, c):
    """Measure lengths in units 1/c: sigma_p and ||mu|| times c, sigma_0 and tau over c, eta over c^2."""
    scaled = s.replace(sigma_p=s.sigma_p * c, mu_norm=s.mu_norm * c, sigma_0=s.sigma_0 / c, eta=s.eta / c**2)
    return scaled, radii(phases, 1 / c)


# families of settings with the same coefficients


@given(data=st.data(), k=st.integers(-120, 120))
def test_units_of_length(experiment, data, k):
    # a power of two changes no digit of any number
    s, phases, seed, x = experiment(data)
    c = 2.0**k
    scaled, shorter = in_units(s, phases, c)
    y = changed(x, mu=x.mu * c, xi=x.xi * c, w0=x.w0 / c)
    run, other = train(s, x, phases, seed), train(scaled, y, shorter, seed)
    assert_same_bits(other, run)
    assert np.array_equal(other.weights(-1) * c, run.weights(-1))
    plain, plain_other = train_network(s, x, phases, seed), train_network(scaled, y, shorter, seed)
    assert np.array_equal(plain_other.loss, plain.loss)
    assert np.array_equal(plain_other.weights(-1) * c, plain.weights(-1))


@given(data=st.data(), copies=st.integers(1, 9), engine=ENGINES)
def test_patches_enter_only_as_their_number_times_the_noise(experiment, data, copies, engine):
    # (P-1) xi is all that training and testing see
    s, phases, seed, x = experiment(data)
    factor = (s.P - 1) / copies
    other = s.replace(P=copies + 1, sigma_p=s.sigma_p * factor)
    y = changed(x, xi=x.xi * factor, signal_patch=x.signal_patch % other.P)
    run, again = engine(s, x, phases, seed), engine(other, y, phases, seed)
    if engine is train:
        assert_same_coefficients(again, run)
    assert_close(again.weights(-1), run.weights(-1))
    errors = [test_error(t, x, run.weights(-1), samples=200, seed=seed) for t in (s, other)]
    assert errors[0].value == pytest.approx(errors[1].value, abs=1e-2)


@given(data=st.data(), k=st.integers(2, 4), engine=ENGINES)
def test_copies_of_filters(experiment, data, k, engine):
    # k copies of each filter: the same function, with eta times k and tau times sqrt(k)
    s, phases, seed, x = experiment(data)
    other = s.replace(m=k * s.m, eta=k * s.eta)
    run = engine(s, x, phases, seed)
    copied = engine(other, changed(x, w0=np.tile(x.w0, (1, k, 1))), radii(phases, np.sqrt(k)), seed)
    assert_close(copied.loss, run.loss)
    assert_close(copied.weights(-1), np.tile(run.weights(-1), (1, k, 1)))
    if engine is train:
        assert_close(copied.gamma, np.tile(run.gamma, (1, 1, k)), step=step_of(run))
        assert_close(copied.rho, np.tile(run.rho, (1, 1, k, 1)), step=step_of(run))


@given(data=st.data(), k=st.integers(2, 3))
def test_copies_of_samples(experiment, data, k):
    # in full batches, k copies of each sample share its coefficient
    s, phases, seed, x = experiment(data)
    s = s.replace(B=s.n)
    other = s.replace(n=k * s.n, B=k * s.n)
    many = {name: np.repeat(getattr(x, name), k, axis=0) for name in ("xi", "y", "y_hat", "signal_patch")}
    run, copied = train(s, x, phases, seed), train(other, changed(x, **many), phases, seed)
    assert_close(copied.loss, run.loss)
    assert_close(copied.gamma, run.gamma, step=step_of(run))
    assert_close(copied.rho, np.repeat(run.rho, k, axis=-1) / k, step=step_of(run))


# orders, signs, frames


@given(data=st.data(), engine=ENGINES)
def test_order_of_filters(experiment, data, engine):
    s, phases, seed, x = experiment(data)
    first, second = (data.draw(st.permutations(range(s.m))) for _ in range(2))

    def turned(array, axis):
        one, two = np.split(array, 2, axis)
        return np.concatenate([np.take(one, first, axis + 1), np.take(two, second, axis + 1)], axis)

    run, other = engine(s, x, phases, seed), engine(s, changed(x, w0=turned(x.w0, 0)), phases, seed)
    assert_close(other.loss, run.loss)
    assert_close(other.weights(-1), turned(run.weights(-1), 0))
    if engine is train:
        assert_close(other.rho, turned(run.rho, 1), step=step_of(run))
        assert_close(other.gamma, turned(run.gamma, 1), step=step_of(run))


@given(data=st.data(), engine=ENGINES)
def test_order_of_samples(experiment, data, engine):
    s, phases, seed, x = experiment(data)
    order = np.array(data.draw(st.permutations(range(s.n))))
    moved = {name: getattr(x, name)[order] for name in ("xi", "y", "y_hat", "signal_patch")}
    run = engine(s, x, phases, seed, record_every="step")
    batches = np.argsort(order)[run.batches].reshape(-1, s.H, s.B)
    other = engine(s, changed(x, **moved), phases, batches=batches, record_every="step")
    assert_close(other.loss, run.loss)
    assert_close(other.weights(-1), run.weights(-1))
    if engine is train:
        assert_close(other.rho, run.rho[..., order], step=step_of(run))
        assert_close(other.gamma, run.gamma, step=step_of(run))


@given(data=st.data(), engine=ENGINES)
def test_sign_of_the_labels(experiment, data, engine):
    # all labels and the signal reversed, and the two classes of filters exchanged
    s, phases, seed, x = experiment(data)
    mirrored = changed(x, y=-x.y, y_hat=-x.y_hat, mu=-x.mu, w0=x.w0[::-1])
    run, other = engine(s, x, phases, seed), engine(s, mirrored, phases, seed)
    assert_close(other.loss, run.loss)
    assert_close(other.weights(-1), run.weights(-1)[::-1])
    if engine is train:
        assert_close(other.gamma, run.gamma[:, ::-1], step=step_of(run))
        assert_close(other.rho, run.rho[:, ::-1], step=step_of(run))


@given(data=st.data(), engine=ENGINES, turn=st.integers(0, 2**32), more=st.integers(0, 5))
def test_rotations_and_spare_dimensions(experiment, data, engine, turn, more):
    s, phases, seed, x = experiment(data)
    D = x.mu.size + more
    Q = np.linalg.qr(np.random.default_rng(turn).standard_normal((D, D)))[0][: x.mu.size]
    run, other = engine(s, x, phases, seed), engine(s, changed(x, mu=x.mu @ Q, xi=x.xi @ Q, w0=x.w0 @ Q), phases, seed)
    assert_close(other.loss, run.loss)
    assert_close(other.weights(-1), run.weights(-1) @ Q)
    if engine is train:
        assert_same_coefficients(other, run)


# what a setting says


@given(data=st.data(), engine=ENGINES)
def test_a_run_goes_on_where_it_was_saved(experiment, data, engine, tmp_path_factory):
    # T + U epochs are T epochs, a file, and U epochs from its last weights
    s, phases, seed, x = experiment(data)
    whole = engine(s, x, phases, seed, record_every="step")
    batches = whole.batches.reshape(-1, s.H, s.B)
    cut = data.draw(st.integers(0, len(phases)))
    first, second = phases[:cut] or [Phase("sgd", 0)], phases[cut:] or [Phase("sgd", 0)]
    T = sum(phase.epochs for phase in first)
    file = tmp_path_factory.getbasetemp() / "run.npz"
    engine(s, x, first, batches=batches[:T]).save(file)
    start = Trajectory.load(file)
    rest = engine(s, changed(x, w0=start.weights(-1)), second, batches=batches[T:])
    assert_close(rest.loss[-1:], whole.loss[-1:])
    assert_close(rest.weights(-1), whole.weights(-1))
    if engine is train:
        assert_close(start.gamma[-1] + rest.gamma[-1], whole.gamma[-1], step=step_of(whole))
        assert_close(start.rho[-1] + rest.rho[-1], whole.rho[-1], step=step_of(whole))


# files


def assert_same_sample(found, wanted):
    for name, array in vars(wanted).items():
        again = getattr(found, name)
        assert again.dtype == array.dtype
        assert again.shape == array.shape
        assert again.tobytes() == array.tobytes(), name
        assert not again.flags.writeable


@given(data=st.data(), engine=ENGINES, record_every=st.sampled_from([1, 3, "step", "geometric"]))
def test_any_run_is_saved_exactly(experiment, data, engine, record_every, tmp_path_factory):
    s, phases, seed, x = experiment(data)
    run = engine(s, x, phases, seed, record_every=record_every)
    file = tmp_path_factory.getbasetemp() / "run.npz"
    run.save(file)
    found = Trajectory.load(file)
    assert (found.setting, found.phases) == (s, tuple(phases))
    assert_same_sample(found.sample, x)
    for name in ("step", "epoch", "phase", "gamma", "rho", "loss", "batches", "trained_weights"):
        array, again = getattr(run, name), getattr(found, name)
        assert (array is None) == (again is None)
        if array is not None:
            assert (again.dtype, again.shape, again.tobytes()) == (array.dtype, array.shape, array.tobytes()), name
    assert np.array_equal(found.weights(-1), run.weights(-1))
    before = file.read_bytes()
    found.save(file)
    assert file.read_bytes() == before
