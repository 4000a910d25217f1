"""`draw` and `Sample.from_arrays`: checked at the door, private, read-only, reproducible."""

import copy
import dataclasses
import pickle
import re

import numpy as np
import pytest

from dynamics import Phase, Sample, draw, train, train_network

ARRAYS = ["mu", "xi", "w0", "y", "y_hat", "signal_patch"]
REAL = ["mu", "xi", "w0"]
LABELS = ["y", "y_hat"]


@pytest.fixture
def s(natural):
    return natural(n=4, B=2, m=2, d=15)


@pytest.fixture
def x(s):
    return draw(s, 0, "ambient")


def arrays_of(x):
    return {name: np.array(getattr(x, name)) for name in ARRAYS}


def refused(name):
    return pytest.raises(ValueError, match=rf"(?s)^{name}\b.* is not allowed: ")


@pytest.mark.parametrize("frame", ["reduced", "ambient"])
def test_shapes_and_types(s, frame):
    x = draw(s, 0, frame)
    D = 9 if frame == "reduced" else 15
    assert (x.mu.shape, x.xi.shape, x.w0.shape) == ((D,), (4, D), (2, 2, D))
    assert {getattr(x, name).dtype for name in REAL} == {np.dtype(np.float64)}
    assert {getattr(x, name).shape for name in [*LABELS, "signal_patch"]} == {(4,)}
    assert set(x.y) | set(x.y_hat) <= {-1, 1}
    assert x.signal_patch.min() >= 0
    assert x.signal_patch.max() < s.P


@pytest.mark.parametrize("frame", ["reduced", "ambient"])
def test_equal_seeds_equal_bits(s, frame):
    x, again, other = draw(s, 3, frame), draw(s, np.int64(3), frame), draw(s, 4, frame)
    for name in ARRAYS:
        assert np.array_equal(getattr(x, name), getattr(again, name))
    assert not np.array_equal(x.xi, other.xi)
    assert not np.array_equal(x.w0, other.w0)


@pytest.mark.parametrize("frame", ["reduced", "ambient"])
def test_scales_are_only_scales(natural, frame):
    # sigma_p, sigma_0 and mu_norm multiply the same random numbers
    x = draw(natural(d=40), 1, frame)
    scaled = draw(natural(d=40).replace(sigma_p=8.0, sigma_0=natural(d=40).sigma_0 / 4, mu_norm=1.0), 1, frame)
    assert np.array_equal(scaled.xi, 8 * x.xi)
    assert np.array_equal(scaled.w0, x.w0 / 4)
    assert np.array_equal(scaled.y, x.y)


@pytest.mark.parametrize("seed", [-1, 1.0, float("nan"), True, "0", None, [0]], ids=repr)
def test_draw_refuses_a_seed(s, seed):
    with refused("seed"):
        draw(s, seed)


@pytest.mark.parametrize("frame", ["full", "", None, 1, True], ids=repr)
def test_draw_refuses_a_frame(s, frame):
    with pytest.raises(ValueError, match=rf"^frame = {frame!r} is not allowed: it must be 'reduced' or 'ambient'$"):
        draw(s, 0, frame=frame)


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_are_read_only(x, name):
    array = getattr(x, name)
    with pytest.raises(ValueError, match="read-only"):
        array[...] = 1
    with pytest.raises(ValueError, match="read-only"):
        array += 1


@pytest.mark.parametrize("move", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "pickle"])
def test_arrays_stay_read_only_when_they_travel(x, move):
    moved = move(x)
    for name in ARRAYS:
        assert np.array_equal(getattr(moved, name), getattr(x, name))
    assert not any(getattr(moved, name).flags.writeable for name in ARRAYS)


@pytest.mark.parametrize("name", ARRAYS)
def test_frozen(x, name):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(x, name, None)


@pytest.mark.parametrize("engine", [train, train_network])
def test_own_arrays_train_like_the_drawn_sample(s, x, engine, radius):
    own = Sample.from_arrays(**arrays_of(x))
    phases = [Phase("sam", 3, radius(s)), Phase("sgd", 3)]
    run, again = engine(s, x, phases), engine(s, own, phases)
    assert np.array_equal(run.gamma, again.gamma)
    assert np.array_equal(run.rho, again.rho)
    assert np.array_equal(run.loss, again.loss)


@pytest.mark.parametrize("engine", [train, train_network])
def test_position_of_the_signal_patch_does_not_matter(s, x, engine):
    arrays = arrays_of(x)
    del arrays["signal_patch"]
    first = Sample.from_arrays(**arrays)
    assert not first.signal_patch.any()
    run, again = (engine(s, sample, [Phase("sgd", 5)]) for sample in (x, first))
    np.testing.assert_allclose(run.rho, again.rho, rtol=1e-12, atol=1e-14)


def test_the_callers_arrays_are_neither_aliased_nor_locked(x):
    arrays = arrays_of(x)
    own = Sample.from_arrays(**arrays)
    for name, array in arrays.items():
        assert array.flags.writeable
        assert not np.shares_memory(array, getattr(own, name))
        array[...] = 7
        assert np.array_equal(getattr(own, name), getattr(x, name))


def test_lists_integers_and_other_orders_are_accepted(x):
    arrays = arrays_of(x)
    lists = Sample.from_arrays(**{name: array.tolist() for name, array in arrays.items()})
    columns = Sample.from_arrays(**{name: np.asfortranarray(array) for name, array in arrays.items()})
    floats = Sample.from_arrays(**arrays | {"y": x.y.astype(float), "y_hat": x.y_hat.astype(np.int8)})
    for own in (lists, columns, floats):
        for name in ARRAYS:
            assert np.array_equal(getattr(own, name), getattr(x, name))
            assert getattr(own, name).dtype == getattr(x, name).dtype
            assert getattr(own, name).flags.c_contiguous
    whole = Sample.from_arrays(mu=[1, 0], xi=[[1, 2]], w0=[[[1, 1]], [[0, 1]]], y=[1], y_hat=[-1])
    assert whole.xi.dtype == np.float64


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", REAL)
def test_entries_are_finite(x, name, bad):
    arrays = arrays_of(x)
    arrays[name].flat[-1] = bad
    last = ", ".join(str(size - 1) for size in arrays[name].shape)
    with pytest.raises(ValueError, match=rf"^{name}\[{last}\] = {bad} is not allowed: every entry must be finite$"):
        Sample.from_arrays(**arrays)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda a: a.astype(complex) + 1j,
        lambda a: a.astype(str),
        lambda a: "numbers",
        lambda a: [[1.0], [1.0, 2.0]],
        lambda a: [None],
    ],
    ids=["complex", "strings", "a word", "ragged", "None"],
)
@pytest.mark.parametrize("name", REAL)
def test_entries_are_real_numbers(x, name, spoil):
    arrays = arrays_of(x)
    with refused(name):
        Sample.from_arrays(**arrays | {name: spoil(arrays[name])})


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("mu", lambda a: a[None]),
        ("mu", lambda a: a[:0]),
        ("mu", lambda a: 1.0),
        ("xi", lambda a: a[0]),
        ("xi", lambda a: a[:0]),
        ("xi", lambda a: a[:, :-1]),
        ("xi", lambda a: a[None]),
        ("w0", lambda a: a[0]),
        ("w0", lambda a: a[:1]),
        ("w0", lambda a: np.concatenate([a, a])),
        ("w0", lambda a: a[:, :0]),
        ("w0", lambda a: a[..., :-1]),
        ("y", lambda a: a[:-1]),
        ("y", lambda a: a[:, None]),
        ("y", lambda a: 1),
        ("y_hat", lambda a: np.append(a, 1)),
    ],
)
def test_shapes_fit(x, name, spoil):
    arrays = arrays_of(x)
    wrong = spoil(arrays[name])
    shape = re.escape(str(np.shape(wrong)))
    with pytest.raises(ValueError, match=rf"^{name} of shape {shape} is not allowed: it must have shape"):
        Sample.from_arrays(**arrays | {name: wrong})


@pytest.mark.parametrize("wrong", [0, 2, -2, 0.5, np.nan, np.inf], ids=str)
@pytest.mark.parametrize("name", LABELS)
def test_labels_are_plus_or_minus_one(x, name, wrong):
    arrays = arrays_of(x)
    arrays[name] = arrays[name].astype(type(wrong))
    arrays[name][2] = wrong
    with pytest.raises(ValueError, match=rf"^{name} with a label .*{wrong}.* is not allowed: labels are \+1 or -1$"):
        Sample.from_arrays(**arrays)


@pytest.mark.parametrize(
    "labels",
    [["1", "-1", "1", "1"], [True, False, True, True], [1j, 1, 1, 1], [None, 1, 1, 1], [1, [1, -1], 1, 1]],
    ids=["strings", "bool", "complex", "None", "ragged"],
)
@pytest.mark.parametrize("name", LABELS)
def test_labels_are_numbers(x, name, labels):
    with refused(name):
        Sample.from_arrays(**arrays_of(x) | {name: labels})


@pytest.mark.parametrize(
    "positions",
    [[0, 0, 0], [0, 0, 0, -1], [0.0, 0.0, 0.0, 0.0], [True] * 4, "0000", [[0], [0], [0], [0]], [0, [0, 0], 0, 0]],
    ids=["too few", "negative", "floats", "bool", "a word", "two axes", "ragged"],
)
def test_positions_are_patch_numbers(x, positions):
    with refused("signal_patch"):
        Sample.from_arrays(**arrays_of(x) | {"signal_patch": positions})


@pytest.mark.parametrize("engine", [train, train_network])
@pytest.mark.parametrize(
    ("name", "changes", "given"),
    [("n", {"n": 8}, 4), ("m", {"m": 5}, 2), ("signal_patch", {"P": 2}, 2)],
)
def test_a_sample_must_fit_its_setting(natural, engine, name, changes, given):
    x = draw(natural(n=4, B=2, m=2, P=3), 0)
    assert x.signal_patch.max() == 2
    s = natural(**{"n": 4, "B": 2, "m": 2, "P": 3} | changes)
    with pytest.raises(ValueError, match=rf"^Sample: {name} = {given} is not allowed: "):
        engine(s, x, [Phase("sgd", 1)])
