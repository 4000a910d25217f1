"""Random, broken and hostile input where input comes in: nothing but a `ValueError` of one line, or something sound.

python -m tests.fuzz --minutes 10

Values, arrays, CONFIG files, files of samples and runs, results files and data sets of experiments
are made at random or by spoiling good ones. What is accepted is used: a sample is trained, a sweep is planned, a file's
content is compared. `tests/test_fuzz.py` runs a few of each.
"""

import argparse
import atexit
import json
import re
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dynamics import Phase, Sample, Setting, Trajectory, draw, train, train_network
from sweeps import Config, read_config
from sweeps.plan import Plan
from theorems.prescriptions import FORMULAS
from verify.report.results import read_results

S = Setting(n=4, d=20, m=2, P=3, mu_norm=4.0, sigma_p=1.0, p=0.1, sigma_0=0.1, B=2, eta=0.1)
X = draw(S, 0)
RUN = train(S, X, [Phase("sam", 1, 0.1), Phase("sgd", 1)], record_every="step")
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
atexit.register(shutil.rmtree, FOLDER)


def files() -> dict[str, bytes]:
    """Return the bytes of a good file of each kind."""
    found = {}
    for kind, thing in (("sample", X), ("trajectory", RUN)):
        thing.save(FOLDER / kind)
        found[kind] = (FOLDER / kind).read_bytes()
    return found


GOOD = files()
RESULTS_FOLDER = Path(__file__).parent.parent / "results"
RESULTS = json.loads((RESULTS_FOLDER / "full.json").read_text(encoding="utf-8"))
RESULTS["verdicts"] = [v for v in RESULTS["verdicts"] if v["id"] in ("noise_norms", "sam_boundary", "decomposition")]


class Rude:
    """A value whose own code fails where it is asked."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no array")

    def __index__(self) -> int:
        raise RuntimeError("no number")


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, -1, 2, 4, 2**53, 2**63, -(2**63) - 1, 10**400]),
    st.floats(),
    st.sampled_from([1e-320, 1e-160, 1e160, 1.7e308, -0.0]),
    st.complex_numbers(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.builds(Rude),
    st.sampled_from([np.float32(0.1), np.int8(3), np.bool_(True), np.datetime64("2020-01-01"), np.str_("sam"), ...]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)
NUMBERS = [np.float64, np.float32, np.float16, np.longdouble, np.int64, np.int8, np.uint64, ">f8", ">i4"]
DTYPES = st.sampled_from([*NUMBERS, bool, complex, "U2", "S1", "M8[s]"])
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)


@st.composite
def any_array(pick: st.DrawFn, good: np.ndarray) -> Any:
    """Draw an array: the good one with a few entries or its layout changed, or any."""
    how = pick(st.sampled_from(["good", "entries", "layout", "type", "masked", "any", "value"]))
    if how == "good":
        return good
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
            return good.astype(
                pick(st.sampled_from([np.float16, np.int64, np.longdouble, ">f8", object, complex, str]))
            )
    if how == "masked":
        return np.ma.masked_array(good, mask=pick(arrays.arrays(bool, good.shape)))
    if how == "any":
        return pick(arrays.arrays(pick(DTYPES), SHAPES) | st.just(np.array([None, print, 1], dtype=object)))
    return pick(VALUES)


def refused(call: Any) -> str | None:
    """Return what is said to this input, or None if it is let in; anything else is a crash."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            call()
        except ValueError as error:
            message = str(error)
            assert message.isprintable(), message
            assert 0 < len(message) < 2000, len(message)
            return message
    return None


def settle_or_diverge(call: Any) -> None:
    """A run is finite, or says in which epoch it stopped being so."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            run = call()
        except FloatingPointError as error:
            if "diverged" not in str(error) or "epoch" not in str(error):
                raise
            return
    assert np.isfinite(run.gamma).all()
    assert np.isfinite(run.rho).all()
    assert not np.isnan(run.loss).any()


@dataclass(frozen=True)
class Target:
    """An entry point with random input for it."""

    body: Callable[..., None]
    inputs: dict[str, st.SearchStrategy[Any]]

    def __call__(self, examples: int, number: int = 0) -> None:
        """Try so many inputs; another number, other inputs."""
        with_inputs = given(**self.inputs)(self.body)
        how = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        seed(number)(how(with_inputs))()


def target(**inputs: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Target]:
    return lambda body: Target(body, inputs)


@target(fields=st.dictionaries(st.sampled_from([*S.model_dump(), "lr"]), VALUES, max_size=3))
def setting(fields: dict[str, Any]) -> None:
    made = []
    if refused(lambda: made.append(Setting(**S.model_dump() | fields))) is None:
        (s,) = made
        assert s.n % s.B == 0
        assert min(s.n, s.d, s.m, s.B) >= 1
        assert s.P >= 2
        assert 0 <= s.p < 0.5
        assert 0 < s.sigma_p < np.inf
        assert 0 < s.eta < np.inf
        assert 0 <= s.sigma_0 < np.inf


@target(rule=VALUES | st.sampled_from(["sgd", "sam"]), epochs=VALUES, tau=VALUES)
def phase(rule: Any, epochs: Any, tau: Any) -> None:
    made = []
    if refused(lambda: made.append(Phase(rule, epochs, tau))) is None:
        assert type(made[0].epochs) is int
        assert made[0].epochs >= 0
        assert made[0].tau is None or 0 <= made[0].tau < np.inf


@target(data=st.data())
def sample(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(vars(X))), max_size=2, unique=True))
    changes = {name: data.draw(any_array(np.array(getattr(X, name)))) for name in names}
    made = []
    if refused(lambda: made.append(Sample.from_arrays(**vars(X) | changes))) is not None:
        return
    (x,) = made
    assert x.mu.dtype == x.xi.dtype == x.w0.dtype == np.float64
    assert set(x.y) | set(x.y_hat) <= {-1, 1}
    assert all(np.isfinite(array).all() and not array.flags.writeable for array in vars(x).values())
    if refused(lambda: x.check_fits(S)) is None:
        for engine in (train, train_network):
            settle_or_diverge(lambda engine=engine: engine(S, x, [Phase("sam", 1, 0.1), Phase("sgd", 1)]))


@target(data=st.data(), kind=st.sampled_from(sorted(GOOD)))
def file_of_bytes(data: st.DataObject, kind: str) -> None:
    """Bytes are changed, cut, doubled, or made up."""
    good = GOOD[kind]
    spoiled = bytearray(good)
    for _ in range(data.draw(st.integers(0, 4))):
        at, size = data.draw(st.integers(0, len(good))), data.draw(st.integers(0, 40))
        spoiled[at : at + data.draw(st.sampled_from([0, size]))] = data.draw(st.binary(max_size=40))
    made_up = data.draw(st.booleans() if len(spoiled) < 30 else st.just(False))
    _load(kind, data.draw(st.binary(max_size=200)) if made_up else bytes(spoiled))


def _load(kind: str, content: bytes, same: bool = True) -> None:
    path = FOLDER / "spoiled"
    path.write_bytes(content)
    made: list[Any] = []
    if refused(lambda: made.append((Sample if kind == "sample" else Trajectory).load(path))) is None:
        x = made[0] if kind == "sample" else made[0].sample
        assert np.isfinite(x.xi).all()
        assert set(x.y) <= {-1, 1}
        if same:
            assert all(np.array_equal(array, getattr(X, name)) for name, array in vars(x).items())
            assert kind == "sample" or np.array_equal(made[0].rho, RUN.rho)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.just("nan"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@target(data=st.data())
def results(data: st.DataObject) -> None:
    """A results file with a part replaced, or its text spoiled."""
    tree = json.loads(json.dumps(RESULTS))
    for _ in range(data.draw(st.integers(0, 2))):
        node: Any = tree
        while True:
            key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else list(range(len(node)))))
            if not (isinstance(node[key], dict | list) and node[key]) or data.draw(st.integers(0, 3)) == 0:
                node[key] = data.draw(JSON)
                break
            node = node[key]
        if not (isinstance(tree.get("verdicts"), list) and tree["verdicts"]):
            break
    text = json.dumps(tree).encode()
    cut = data.draw(st.sampled_from([len(text)] * 3 + [len(text) // 2, 0]))
    path = FOLDER / "results.json"
    path.write_bytes(text[:cut] + data.draw(st.sampled_from([b"", b"", b"\xff", b"]", b"\0"])))
    refused(lambda: read_results(path))


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


@st.composite
def spoiled_toml(pick: st.DrawFn, good: str) -> bytes:
    """Exchange words of a file for others, take some away, add some, and now and then spoil its bytes."""
    words = re.findall(r"\w[\w.]*|\s+|[^\w\s]", good)
    for _ in range(pick(st.integers(0, 3))):
        at = pick(st.integers(0, len(words) - 1))
        words[at : at + pick(st.integers(0, 2))] = pick(st.lists(st.sampled_from(WORDS), max_size=2))
    text = "".join(words).encode()
    at = pick(st.integers(0, len(text)))
    return text[:at] + pick(st.sampled_from([b"", b"", b"", b"\xff", b"\0", b"\r"])) + text[at:]


@target(content=spoiled_toml(CONFIG))
def config_file(content: bytes) -> None:
    """A CONFIG is refused, or every cell of it has numbers."""
    path = FOLDER / "config.toml"
    path.write_bytes(content)
    made: list[Config] = []
    if refused(lambda: made.append(read_config(path))) is None:
        plan = Plan(made[0], FORMULAS)
        if refused(plan.check) is None:
            assert len(list(plan.cells())) == plan.size


TARGETS = (
    setting, phase, sample, file_of_bytes, results, config_file,
)  # fmt: skip


def main() -> None:
    """Fuzz all targets in turn until the time is over; end at the first crash, with the input that made it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=10.0)
    minutes = options.parse_args().minutes
    began, done = time.monotonic(), 0
    while time.monotonic() < began + 60 * minutes:
        tried = TARGETS[done % len(TARGETS)]
        tried(100, done)
        done += 1
        total = f"{100 * done:,} inputs at {min(done, len(TARGETS))} of {len(TARGETS)} targets, no crash"
        print(f"{total}; the last: {tried.body.__name__}", file=sys.stderr)


if __name__ == "__main__":
    main()
