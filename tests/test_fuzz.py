"""Random, broken and hostile input: nothing but a `ValueError` of one line, or something sound.

`make fuzz` tries many more. What is accepted is used: a sample is trained, a sweep is planned, a file's content is
compared.
"""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dynamics import Phase, Sample, Setting, Trajectory, draw, train, train_network
from sweeps import read_config
from sweeps.plan import Plan
from verify.report.results import read_results

S = Setting(n=4, d=20, m=2, P=3, mu_norm=4.0, sigma_p=1.0, p=0.1, sigma_0=0.1, B=2, eta=0.1)
X = draw(S, 0)
RUN = train(S, X, [Phase("sam", 1, 0.1), Phase("sgd", 1)], record_every="step")
RESULTS = json.loads((Path(__file__).parent.parent / "results" / "full.json").read_text(encoding="utf-8"))
RESULTS["verdicts"] = [v for v in RESULTS["verdicts"] if v["id"] in ("noise_norms", "sam_boundary", "decomposition")]


class Rude:
    """A value whose own code fails where it is asked."""

    def __array__(self, *_, **__):
        raise RuntimeError("no array")

    def __index__(self):
        raise RuntimeError("no number")


SCALARS = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers(),
    st.sampled_from([0, 1, -1, 2, 4, 2**53, 2**63, -(2**63) - 1, 10**400, 1e-320, 1e-160, 1e160, 1.7e308, -0.0]),
    st.text(max_size=5) | st.binary(max_size=5) | st.builds(Rude),
    st.sampled_from([np.float32(0.1), np.int8(3), np.bool_(True), np.datetime64("2020-01-01"), np.str_("sam"), ...]),
)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=2), v, max_size=2), max_leaves=6
)
TYPES = [np.float64, np.float16, np.longdouble, np.int64, np.int8, ">f8", ">i4", bool, complex, "U2", "S1", "M8[s]"]
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)


@st.composite
def any_array(pick, good):
    """Draw an array: the good one with a few entries or its layout changed, or any."""
    how = pick(st.sampled_from(["good", "entries", "layout", "type", "masked", "any", "value"]))
    if how == "entries":
        bad = np.array(good, dtype=float)
        bad.flat[pick(st.integers(0, good.size - 1))] = pick(st.floats() | st.sampled_from([1e200, -1e-200, np.nan]))
        return bad
    if how == "layout":
        return pick(
            st.sampled_from([np.asfortranarray(good), good[::-1], good[..., ::-1], good[None], good.T, good[:0]])
        )
    if how == "type":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return good.astype(pick(st.sampled_from([np.float16, np.int64, ">f8", object, complex, str])))
    if how == "masked":
        return np.ma.masked_array(good, mask=pick(arrays.arrays(bool, good.shape)))
    if how == "any":
        return pick(
            arrays.arrays(pick(st.sampled_from(TYPES)), SHAPES) | st.just(np.array([None, print], dtype=object))
        )
    return good if how == "good" else pick(VALUES)


def accepted(call):
    """Return what comes of this input, or None if it is refused in one line; anything else is a crash."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Sample: its")  # arrays that the setting does not speak of
        try:
            return call()
        except ValueError as error:
            message = str(error)
    assert message.isprintable(), message
    assert 0 < len(message) < 2000
    return None


@given(fields=st.dictionaries(st.sampled_from([*S.model_dump(), "lr"]), VALUES, max_size=3))
def test_settings(fields):
    s = accepted(lambda: Setting(**S.model_dump() | fields))
    if s is not None:
        assert s.n % s.B == 0
        assert min(s.n, s.d, s.m, s.B, s.P - 1) >= 1
        assert 0 <= s.p < 0.5
        assert 0 < min(s.sigma_p, s.eta) <= max(s.sigma_p, s.eta) < np.inf
        assert 0 <= s.sigma_0 < np.inf


@given(rule=VALUES | st.sampled_from(["sgd", "sam"]), epochs=VALUES, tau=VALUES)
def test_phases(rule, epochs, tau):
    phase = accepted(lambda: Phase(rule, epochs, tau))
    if phase is not None:
        assert type(phase.epochs) is int
        assert phase.epochs >= 0
        assert phase.tau is None or 0 <= phase.tau < np.inf


@given(data=st.data())
def test_samples(data):
    names = data.draw(st.lists(st.sampled_from(sorted(vars(X))), max_size=2, unique=True))
    changes = {name: data.draw(any_array(np.array(getattr(X, name)))) for name in names}
    x = accepted(lambda: Sample.from_arrays(**vars(X) | changes))
    if x is None:
        return
    assert x.mu.dtype == x.xi.dtype == x.w0.dtype == np.float64
    assert set(x.y) | set(x.y_hat) <= {-1, 1}
    assert all(np.isfinite(array).all() and not array.flags.writeable for array in vars(x).values())
    if accepted(lambda: x.check_fits(S) or True):
        for engine in (train, train_network):
            try:
                run = accepted(lambda engine=engine: engine(S, x, [Phase("sam", 1, 0.1), Phase("sgd", 1)]))
            except FloatingPointError as error:
                assert re.search("diverged.*epoch", str(error))  # noqa: PT017
                continue
            assert np.isfinite(run.gamma).all()
            assert np.isfinite(run.rho).all()
            assert not np.isnan(run.loss).any()


@pytest.mark.parametrize("good", [X, RUN], ids=["sample", "run"])
@given(data=st.data())
def test_files(good, data, tmp_path_factory):
    """Bytes are changed, cut or doubled."""
    path = tmp_path_factory.getbasetemp() / "spoiled"
    good.save(path)
    spoiled = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        at, size = data.draw(st.integers(0, len(spoiled))), data.draw(st.integers(0, 40))
        spoiled[at : at + data.draw(st.sampled_from([0, size]))] = data.draw(st.binary(max_size=40))
    path.write_bytes(spoiled)
    found = accepted(lambda: type(good).load(path))
    if found is not None:
        x = found.sample if isinstance(found, Trajectory) else found
        assert all(np.array_equal(array, getattr(X, name)) for name, array in vars(x).items())
        assert good is X or np.array_equal(found.rho, RUN.rho)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=3), v, max_size=3),
    max_leaves=5,
)


@given(data=st.data(), cut=st.sampled_from([1.0, 1.0, 1.0, 0.5, 0.0]), end=st.sampled_from([b"", b"", b"\xff", b"]"]))
def test_results_files(data, cut, end, tmp_path_factory):
    tree = json.loads(json.dumps(RESULTS))
    for _ in range(data.draw(st.integers(0, 2))):
        node = tree
        while True:
            key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else list(range(len(node)))))
            if not (isinstance(node[key], dict | list) and node[key]) or data.draw(st.integers(0, 3)) == 0:
                node[key] = data.draw(JSON)
                break
            node = node[key]
        if not (isinstance(tree.get("verdicts"), list) and tree["verdicts"]):
            break
    text = json.dumps(tree).encode()
    path = tmp_path_factory.getbasetemp() / "spoiled.json"
    path.write_bytes(text[: int(cut * len(text))] + end)
    accepted(lambda: read_results(path))


CONFIG = """replicas = 1
test_samples = 10
[setting]
n = 4
m = 2
P = 3
B = 2
p = 0.1
sigma_p = 1.0
sigma_0 = {natural = 0.1}
eta = {stable = 0.5}
[grid]
d = [20, 30]
mu_norm = [4.0, 8.0]
[phases]
sgd = [{rule = "sgd", epochs = 2}]
sam = [{rule = "sam", epochs = "T1", tau = {tau_paper = 0.5}}, {rule = "sgd", epochs = 1}]
"""
WORDS = [
    "0", "-1", "2.5", "nan", "-inf", "1e400", "true", "[]", "{}", "[[]]", "''", '"T1"', '"__import__(\'os\')"', "self",
    "1979-05-27", "0x" + "f" * 5000, "9" * 5000, "{natural = 1}", "{natural = 0}", '"\\u001b[31m"', "\x1b", "[1, 1.0]",
    '"\\u2028"', "1e308", "1e-308", "9007199254740993", "n", "d", "grid", "setting", "phases", "replicas", "tol",
    "=", "[", "]", ".", "\n", "\n[", '"', "#",
]  # fmt: skip


@given(data=st.data(), end=st.sampled_from([b"", b"", b"", b"\xff", b"\0", b"\r"]))
def test_config_files(data, end, tmp_path_factory):
    """Words of a CONFIG are exchanged for others, taken away or added."""
    words = re.findall(r"\w[\w.]*|\s+|[^\w\s]", CONFIG)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(words) - 1))
        words[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(st.sampled_from(WORDS), max_size=2))
    path = tmp_path_factory.getbasetemp() / "spoiled.toml"
    path.write_bytes("".join(words).encode() + end)
    config = accepted(lambda: read_config(path))
    if config is not None:
        plan = Plan(config)
        if accepted(plan.check) is not None:
            assert len(list(plan.cells())) == plan.size
