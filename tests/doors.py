"""Every public door and the bad input it refuses: a table that the tests walk through and that is printed.

python -m tests.doors > docs/doors.md

To add a door, add a `Door` to `DOORS`: how it is called with good arguments, and a `Bad` for each input it refuses.
"""

import atexit
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

import samverify
import verify.conftest
from dynamics import Phase, Sample, Setting, Trajectory, draw, test_error, train, train_ensemble, train_network
from verify import check, check_control
from verify.run import jobs

NAN, INF = float("nan"), float("inf")


@dataclass(frozen=True)
class Bad:
    """One bad input: the argument, the value, and the rule that the message must give.

    `names` is how the message names the value (its repr by default), `given` how the printed table describes it,
    `field` how the message names the argument.
    """

    argument: str
    value: object
    rule: str
    names: str | None = None
    given: str | None = None
    field: str | None = None

    @property
    def field_in_message(self) -> str:
        return self.argument if self.field is None else self.field

    @property
    def value_in_message(self) -> str:
        return repr(self.value) if self.names is None else self.names

    @property
    def description(self) -> str:
        if self.given is None:
            return f"{self.argument} = {self.value!r}"
        return f"{self.argument}: {self.given}" if self.argument.isprintable() else self.given


@dataclass(frozen=True)
class Door:
    """A door: its name, a call of which keywords replace good arguments, and what it refuses, how."""

    name: str
    call: Callable[..., Any]
    refuses: tuple[Bad, ...]
    error: type[Exception] = ValueError

    def message(self, bad: Bad) -> str:
        """Return what the door says to bad input."""
        try:
            self.call(**{bad.argument: bad.value})
        except self.error as error:
            if type(error) is self.error:
                return str(error)
            raise
        raise AssertionError(f"{self.name} accepts {bad.description}")


_BOX = str.maketrans(dict.fromkeys("╭╮╰╯│─", " "))


class Refused(Exception):
    """The command line ended with exit code 2; the text is what it printed to the error stream."""


SETTING = {
    "n": 4,
    "d": 30,
    "m": 2,
    "P": 3,
    "mu_norm": 4.0,
    "sigma_p": 1.0,
    "p": 0.1,
    "sigma_0": 0.1,
    "B": 2,
    "eta": 0.1,
}
S = Setting(**SETTING)
X = draw(S, 0)
ARRAYS = {name: np.array(array) for name, array in vars(X).items()}
BATCHES = np.array([[[0, 1], [2, 3]]])
ONE_EPOCH = [Phase("sgd", 1)]
ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results" / "full.json"
FOLDER = Path(tempfile.mkdtemp(prefix="doors-"))
atexit.register(shutil.rmtree, FOLDER)


class Broken:
    """Looks like an array, and is none."""

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        raise RuntimeError("no array")

    def __repr__(self) -> str:
        return "Broken()"


def spoiled(array: np.ndarray, place: Any, value: object) -> np.ndarray:
    """Return a copy with one entry replaced."""
    copy = np.array(array)
    copy[place] = value
    return copy


def phase(rule: object = "sam", epochs: object = 1, **others: object) -> Phase:
    if rule == "sam" and "tau" not in others:
        others["tau"] = 0.1
    return Phase(rule, epochs, **others)  # type: ignore[arg-type]


def saved(kind: str, spoil: Callable[[bytes], bytes] = bytes) -> Path:
    """Write a good file of this kind, spoil its bytes, and return its path."""
    path = FOLDER / f"{kind}.npz"
    (X if kind == "sample" else train(S, X, ONE_EPOCH)).save(path)
    path.write_bytes(spoil(path.read_bytes()))
    return path


def flipped(data: bytes) -> bytes:
    """Change one bit of the first array."""
    place = data.index(b"\x93NUMPY") + 150
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def pickled() -> Path:
    """Write an archive with an array of objects, which only pickle can read."""
    path = FOLDER / "pickled.npz"
    np.savez(path, mu=np.array([print], dtype=object))
    return path


def command(*arguments: str) -> None:
    """Run `samverify` in this process."""
    out, err = io.StringIO(), io.StringIO()
    with patch.object(sys, "argv", ["samverify", *arguments]), redirect_stdout(out), redirect_stderr(err):
        try:
            samverify.main()
        except SystemExit as end:
            if end.code == 2:
                text = " ".join(err.getvalue().translate(_BOX).split())
                raise Refused(text.partition(" Error ")[2] or text) from None
            raise


def _made(given: Any) -> Path:
    """Return a path, or what a function in its place makes."""
    return given() if callable(given) else given


def _written(text: str) -> Path:
    path = FOLDER / "written.json"
    path.write_text(text, encoding="utf-8")
    return path


def _renamed(name: str) -> str:
    """Return the text of a results file in which a margin has another name, and a word for its number."""
    made = json.loads(RESULTS.read_text(encoding="utf-8"))
    made["verdicts"][0]["margins"] = {name: "x"}
    return json.dumps(made)


def check_command(ids: str = "noise_norms", **options: object) -> None:
    named = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command("check", ids, *named)


def pytest_verify(**options: object) -> None:
    given = {"seed_block": 0, "json": None, "workers": None} | options
    config = SimpleNamespace(getoption=lambda name: given[name[2:].replace("-", "_")], stash={})
    verify.conftest.pytest_configure(config)  # type: ignore[arg-type]


def _counts(*names: str) -> Iterator[Bad]:
    for name in names:
        least = 2 if name == "P" else 1
        for value in (0, -1):
            yield Bad(name, value, f"greater than or equal to {least}")
        for value in (NAN, INF, 2.5, 2.0, "2", True, None, [2]):
            yield Bad(name, value, "a valid integer")
        yield Bad(name, 2**53 + 1, "less than or equal to 9007199254740992")
        yield Bad(
            name,
            10**5000,
            "less than or equal to 9007199254740992",
            names="<int that cannot be shown>",
            given="10^5000",
        )


def _numbers(*names: str) -> Iterator[Bad]:
    for name in names:
        yield Bad(name, -1.0, "greater than 0" if name in ("sigma_p", "eta") else "greater than or equal to 0")
        for value in (NAN, INF, -INF):
            yield Bad(name, value, "a finite number")
        for value in ("1", True, None, [1.0], 1j):
            yield Bad(name, value, "a valid number")
        yield Bad(name, 10**400, "a valid number", names="10000", given="10^400")


def _seeds(name: str = "seed") -> Iterator[Bad]:
    for value in (-1, 0.0, NAN, True, "0", None):
        yield Bad(name, value, "an integer >= 0")


def _settings() -> Iterator[Bad]:
    yield Bad("s", None, "a Setting")
    yield Bad("s", SETTING, "a Setting", "{'B': 2", "a dict of its fields")


def _reals(name: str, good: np.ndarray) -> Iterator[Bad]:
    last = tuple(size - 1 for size in good.shape)
    for value in (NAN, INF, -INF):
        yield Bad(name, spoiled(good, last, value), "every entry must be finite", f"{list(last)} = {value}", f"{value}")
    for wrong, given in (
        (good.astype(complex), "complex numbers"),
        (good.astype(str), "words"),
        (good > 0, "bool"),
        (good.astype(object), "objects"),
    ):
        yield Bad(name, wrong, "an array of real numbers", f"of type {wrong.dtype}", given)
    yield Bad(name, None, "an array of real numbers")
    yield Bad(name, Broken(), "an array of real numbers", "Broken()", "an object whose own code fails")
    yield Bad(name, [[1.0], [1.0, 2.0]], "an array of real numbers", given="ragged")
    yield Bad(name, np.array(10.0), "shape", "()", given="a number")


def _masked(name: str, good: np.ndarray) -> Bad:
    hidden = np.ma.masked_array(good, mask=np.arange(good.size).reshape(good.shape) == 0)
    return Bad(name, hidden, "none left out", "masked entries", given="an entry masked")


def _shapes(name: str, *wrong: tuple[np.ndarray, str]) -> Iterator[Bad]:
    for array, given in wrong:
        yield Bad(name, array, "must", f"of shape {array.shape}", given)


def _labels(name: str) -> Iterator[Bad]:
    good = ARRAYS[name]
    for value in (0, 2, 0.5, NAN):
        wrong = spoiled(good.astype(type(value)), 2, value)
        yield Bad(name, wrong, "labels are +1 or -1", f"a label {value}", f"a label {value}")
    yield Bad(name, good > 0, "labels, +1 or -1", "of type bool", "bool")
    yield Bad(name, good.astype(str), "labels, +1 or -1", "of type <U", "words")
    yield Bad(name, None, "labels, +1 or -1")
    yield from _shapes(name, (good[:-1], "one too few"), (good[:, None], "a column"))


def _batches() -> Iterator[Bad]:
    shape = "(epochs, H, B) = (1, 2, 2)"
    yield Bad("batches", np.concatenate([BATCHES] * 2), shape, "(2, 2, 2)", "an epoch too many")
    yield Bad("batches", BATCHES.reshape(1, 4), shape, "(1, 4)", "no axis of batches")
    yield Bad("batches", BATCHES.astype(float), "sample numbers (integers)", "float64", "floats")
    yield Bad("batches", BATCHES > 1, "sample numbers (integers)", "bool", "bool")
    yield Bad("batches", [[[0, 1], [2]]], "sample numbers (integers)", given="ragged")
    yield Bad("batches", BATCHES + 1, "from 0 to n-1 = 3", "the sample number 4", "counted from 1")
    yield Bad("batches", BATCHES - 1, "from 0 to n-1 = 3", "the sample number -1", "a negative number")
    yield Bad("batches", BATCHES * 0, "each of the 4 samples exactly once", "epoch 0", "no permutation")


def _training() -> Iterator[Bad]:
    one_or_more = "a list of one or more Phase objects"
    yield from (Bad("phases", value, one_or_more) for value in ([], "sgd", None, ["sgd"]))
    yield from (Bad("record_every", v, "an integer >= 1, 'step' or 'geometric'") for v in (0, 1.0, True, "epoch", None))
    yield from _seeds()
    yield from _batches()
    yield Bad("x", draw(S.replace(n=8), 0), "the setting says n = 4", "n = 8", "a sample of 8", "Sample: n")
    yield Bad(
        "x", draw(S.replace(m=5), 0), "the setting says m = 2", "m = 5", "a sample of 5 filters a sign", "Sample: m"
    )
    large = Sample.from_arrays(**ARRAYS | {"w0": 1e307 * np.sign(X.w0)})
    yield Bad("x", large, "must be finite", "1e+307", "filters of 1e307", "Sample: w0")
    far = Sample.from_arrays(**ARRAYS | {"signal_patch": [0, 1, 2, 3]})
    yield Bad("x", far, "numbered 0 to P-1 = 2", "signal_patch = 3", "patch 3 of 0 to 2", "Sample: signal_patch")


def _tolerances() -> Iterator[Bad]:
    yield from (Bad("tol", value, "a positive number") for value in (0, -1.0, NAN, INF, True, "1", [1.0], 1j))
    yield Bad("tol", np.complex128(1), "a positive number")


def _ensemble() -> Iterator[Bad]:
    for name, kind in (
        ("s", "Setting"),
        ("samples", "Sample"),
        ("seeds", "integers"),
        ("batches", "tables of batches"),
    ):
        yield from (Bad(name, value, f"a list of {kind}") for value in (3, "s"))
    yield Bad("samples", X, "a list of Sample", "Sample(", "one sample")
    yield Bad("samples", [X, None], "a Sample", "None", field="samples[1]")
    yield Bad("s", [S, None], "a Setting", "None", field="s[1]")
    for name, value in (("s", [S]), ("phases", [ONE_EPOCH]), ("seeds", [0]), ("batches", [BATCHES])):
        yield Bad(name, value, "there are 2 samples", "length 1", "one for two samples")
    for changes in ({"n": 8}, {"m": 3}, {"B": 4}):
        other = S.replace(**changes)
        yield Bad(
            "s",
            [S, other],
            "must agree in n, m and B",
            "s",
            f"a second one of {next(iter(changes))} = {next(iter(changes.values()))}",
        )
    yield Bad("seeds", [0, -1], "an integer >= 0", "-1", field="seed")


def _files(kind: str, other: str) -> Iterator[Bad]:
    rule = f"a whole file of kind 'samverify {kind} 1'"
    yield Bad("source", FOLDER / "nowhere.npz", "a file that exists", "nowhere.npz", "no such file")
    yield Bad("source", FOLDER, "a file that exists", FOLDER.name, "a folder")
    yield Bad("source", 3, "a path")
    for given, path in (
        ("empty", lambda: saved(kind, lambda data: b"")),
        ("cut in the middle", lambda: saved(kind, lambda data: data[: len(data) // 2])),
        ("one bit changed", lambda: saved(kind, flipped)),
        ("not an archive", lambda: saved(kind, lambda data: b"epoch,loss\n0,0.69\n")),
        (f"a {other}'s file", lambda: saved(other)),
        ("an archive that needs pickle", pickled),
    ):
        yield Bad("source", path, rule, ".npz", given)


def _targets() -> Iterator[Bad]:
    for value, given in ((FOLDER, "a folder"), (FOLDER / "no" / "run.npz", "in no folder")):
        yield Bad("target", value, "a file in a folder that exists", FOLDER.name, given)
    yield Bad("target", None, "a path")


def load(kind: type[Sample] | type[Trajectory]) -> Callable[..., object]:
    """Return a call of `kind.load`; a function in the place of a source is called first, and makes it."""

    def call(source: object = lambda: saved(kind.__name__.lower())) -> object:
        return kind.load(source() if callable(source) else source)  # type: ignore[arg-type]

    return call


DOORS = (
    Door(
        "Setting",
        lambda **changes: Setting(**SETTING | changes),
        (
            *_counts("n", "d", "m", "P", "B"),
            *_numbers("mu_norm", "sigma_p", "p", "sigma_0", "eta"),
            Bad("P", 1, "greater than or equal to 2"),
            Bad("p", 0.5, "less than 0.5"),
            Bad("p", 1.0, "less than 0.5"),
            Bad("sigma_p", 0.0, "greater than 0"),
            Bad("eta", 0.0, "greater than 0"),
            Bad("B", 3, "divide n = 4"),
            Bad("B", 8, "divide n = 4"),
            Bad("lr", 0.1, "allowed: n, d, m, P, mu_norm"),
            Bad("\x1b[31m\n", 0.1, "allowed: n, d, m, P, mu_norm", field=r"\x1b[31m\n", given="control characters"),
        ),
    ),
    Door(
        "Setting.replace",
        S.replace,
        (Bad("B", 3, "divide n = 4"), Bad("sigma_p", NAN, "finite number"), Bad("lr", 1, "allowed: n, d")),
    ),
    Door(
        "Phase",
        phase,
        (
            *(Bad("rule", value, "one of label_noise, local_sam, local_sgd, ") for value in ("adam", "SAM", "")),
            *(Bad("rule", value, "a valid string") for value in (None, 1, ["sgd"])),
            *(Bad("epochs", value, "a valid integer") for value in (1.5, 2.0, NAN, INF, "3", True, None)),
            Bad("epochs", -1, "greater than or equal to 0"),
            Bad("tau", None, "rule 'sam' needs a radius tau >= 0"),
            Bad("tau", -1e-9, "greater than or equal to 0"),
            *(Bad("tau", value, "a finite number") for value in (NAN, INF)),
            *(Bad("tau", value, "a valid number") for value in ("1", True, [0.1])),
            Bad("lr", 0.1, "allowed: rule, epochs, tau, group, flip, workers, average_every, replacement"),
            Bad("replacement", 1, "a valid boolean"),
            Bad("average_every", 2, "rule 'sam' has no workers to average"),
        ),
    ),
    Door(
        "Phase of SGD",
        lambda **changes: Phase("sgd", 1, **changes),
        (
            Bad("tau", 0.1, "takes no radius"),
            Bad("tau", 0.0, "takes no radius"),
            Bad("group", 2, "takes no groups"),
            Bad("flip", 0.1, "takes no label flips"),
            Bad("workers", 2, "takes no workers"),
        ),
    ),
    Door(
        "Phase of SAM on groups",
        lambda group=2: train(S, X, Phase("m_sam", 1, 0.1, group=group)),
        (
            *(Bad("group", value, "greater than or equal to 1") for value in (0, -1)),
            *(Bad("group", value, "a valid integer") for value in (2.0, "2", True)),
            Bad("group", None, "rule 'm_sam' needs groups of group >= 1 samples"),
            Bad("group", 3, "must divide B = 2"),
        ),
    ),
    Door(
        "Phase of label noise",
        lambda flip=0.1: Phase("label_noise", 1, flip=flip),
        (
            Bad("flip", -0.1, "greater than or equal to 0"),
            Bad("flip", 1.1, "less than or equal to 1"),
            *(Bad("flip", value, "a finite number") for value in (NAN, INF)),
            *(Bad("flip", value, "a valid number") for value in ("1", True)),
            Bad("flip", None, "needs a probability flip between 0 and 1"),
        ),
    ),
    Door(
        "Phase of workers",
        lambda workers=2, average_every=1: train(
            S, X, Phase("local_sgd", 1, workers=workers, average_every=average_every)
        ),
        (
            *(Bad("workers", value, "greater than or equal to 1") for value in (0, -1)),
            *(Bad("workers", value, "a valid integer") for value in (2.0, "2", True)),
            Bad("workers", None, "needs a number of workers >= 1"),
            Bad("workers", 3, "workers * B must divide n = 4"),
            *(Bad("average_every", value, "greater than or equal to 1") for value in (0, -1)),
            *(Bad("average_every", value, "a valid integer") for value in (1.5, True)),
        ),
    ),
    Door(
        "draw",
        lambda s=S, seed=0, frame="reduced": draw(s, seed, frame),
        (
            *_settings(),
            *_seeds(),
            *(Bad("frame", value, "'reduced' or 'ambient'") for value in ("full", None, 1)),
            Bad("s", S.replace(sigma_p=1e160), "its square must", "xi[0]", given="sigma_p = 1e160"),
            Bad("s", S.replace(sigma_p=1e-160), "its square must", "xi[0]", given="sigma_p = 1e-160"),
            Bad("s", S.replace(mu_norm=1e160), "its square must", "1e+160", given="mu_norm = 1e160"),
            Bad("s", S.replace(mu_norm=1e-160), "its square must", "1e-160", given="mu_norm = 1e-160"),
        ),
    ),
    Door(
        "Sample.from_arrays",
        lambda **changes: Sample.from_arrays(**ARRAYS | changes),
        (
            *(bad for field in ("mu", "xi", "w0") for bad in _reals(field, ARRAYS[field])),
            *(_masked(field, array) for field, array in ARRAYS.items()),
            *_shapes("mu", (X.mu[:0], "empty"), (X.mu[None], "a row")),
            *_shapes("xi", (X.xi[:, 1:], "too narrow"), (X.xi[0], "one vector"), (X.xi[:0], "empty")),
            *_shapes("w0", (X.w0[:1], "one sign"), (X.w0[..., 1:], "too narrow"), (X.w0[:, :0], "no filters")),
            *_labels("y"),
            *_labels("y_hat"),
            *_shapes("signal_patch", (X.signal_patch[1:], "one too few"), (X.signal_patch[None], "a row")),
            Bad("signal_patch", X.signal_patch - 9, "4 patch numbers >= 0", "a number -", "negative numbers"),
            Bad("signal_patch", X.signal_patch + 0.0, "4 patch numbers >= 0", "float64", "floats"),
            Bad("signal_patch", "0000", "4 patch numbers >= 0"),
            Bad("xi", X.xi * 1e200, "its square must", "xi[0]", "entries of 1e200"),
        ),
    ),
    Door(
        "Sample, and dataclasses.replace of one",
        lambda **changes: Sample(**ARRAYS | changes),
        (
            *(_masked(field, array) for field, array in ARRAYS.items()),
            Bad("xi", spoiled(X.xi, (0, 0), NAN), "every entry must be finite", "[0, 0] = nan", "nan"),
            Bad("y", 2 * X.y, "labels are +1 or -1", "a label", "labels of 2"),
        ),
    ),
    *(
        Door(
            engine.__name__,
            lambda engine=engine, **changes: engine(**{"s": S, "x": X, "phases": ONE_EPOCH} | changes),
            (
                *_settings(),
                *(Bad("x", value, "a Sample") for value in (None, "x")),
                *_training(),
                *(_tolerances() if engine is train else ()),
            ),
        )
        for engine in (train, train_network)
    ),
    Door(
        "train_ensemble",
        lambda **changes: train_ensemble(**{"s": S, "samples": [X, X], "phases": ONE_EPOCH} | changes),
        (*_ensemble(), *_tolerances(), Bad("record_every", 0, "an integer >= 1, 'step' or 'geometric'")),
    ),
    Door(
        "test_error",
        lambda **changes: test_error(**{"s": S, "x": X, "weights": X.w0} | changes),
        (
            *_settings(),
            *(Bad("x", value, "a Sample") for value in (None, "x")),
            *_reals("weights", X.w0),
            _masked("weights", np.array(X.w0)),
            *_shapes(
                "weights", (X.w0[0], "one sign"), (X.w0[:, 1:], "a filter too few"), (X.w0[..., 1:], "too narrow")
            ),
            *(Bad("samples", value, "an integer >= 1") for value in (0, -1, 10.0, NAN, True, "10", None)),
            *_seeds(),
        ),
    ),
    Door(
        "Trajectory.weights",
        lambda k=0: train(S, X, ONE_EPOCH).weights(k),
        (
            *(Bad("k", value, "0 to 1 or -1 to -2") for value in (2,)),
            *(Bad("k", value, "an integer >= -2") for value in (-3, 0.0, True, "0", None)),
        ),
    ),
    *(
        Door(
            f"{kind.__name__}.save", lambda target=FOLDER / "good.npz", thing=thing: thing.save(target), (*_targets(),)
        )
        for kind, thing in ((Sample, X), (Trajectory, train(S, X, ONE_EPOCH)))
    ),
    Door("Sample.load", load(Sample), (*_files("sample", "trajectory"),)),
    Door("Trajectory.load", load(Trajectory), (*_files("trajectory", "sample"),)),
    Door(
        "check",
        lambda id="noise_norms", **changes: check(id, **changes),
        (
            Bad("id", "noise_norm", "the nearest known ones: noise_norms", field="statement"),
            *(
                Bad("id", value, "the nearest known ones: active_filters", field="statement")
                for value in ("?", "", None, 3, ["a"])
            ),
            *(Bad("scale", value, "'quick' or 'full'") for value in ("slow", "QUICK", None, 1)),
            *_seeds(),
        ),
    ),
    Door(
        "check_control",
        lambda id="noise_norms", index=0, **changes: check_control(id, index, **changes),
        (
            Bad("id", "noise_norm", "the nearest known ones: noise_norms", field="statement"),
            *(Bad("index", value, "controls 0 to 1", field="control") for value in (-1, 2, 0.0, True, "0", None)),
            Bad("scale", "slow", "'quick' or 'full'"),
            Bad("seed", -1, "an integer >= 0"),
        ),
    ),
    Door(
        "verify.run.jobs",
        lambda ids=(): jobs(ids),
        (Bad("ids", ["noise_norm"], "the nearest known ones: noise_norms", "'noise_norm'", field="statement"),),
    ),
    Door(
        "samverify check",
        check_command,
        (
            Bad("ids", "noise_norm", "the nearest known ones: noise_norms", field="statement"),
            Bad("scale", "slow", "'quick' or 'full'"),
            *(Bad("seed_block", v, "an integer >= 0", f"'{v}'", field="--seed-block") for v in (-1, 1.5, "x")),
            *(Bad("workers", v, "an integer >= 1", f"'{v}'", field="--workers") for v in (0, -1, "many")),
            Bad("json", FOLDER, "a file in a folder that exists", FOLDER.name, "a folder"),
            Bad("json", FOLDER / "no" / "x.json", "a file in a folder that exists", "x.json", "in no folder"),
            Bad("html", FOLDER, "a file in a folder that exists", FOLDER.name, "a folder"),
            Bad("colour", "red", "No such option", "--colour", "red"),
        ),
        error=Refused,
    ),
    Door(
        "samverify report",
        lambda results=RESULTS, html=FOLDER / "page.html": command("report", str(_made(results)), "--html", str(html)),
        (
            Bad("html", FOLDER, "a file in a folder that exists", FOLDER.name, "a folder"),
            Bad("html", RESULTS, "another file than results", RESULTS.name, "the results file itself"),
            Bad("results", FOLDER / "no.json", "No such file", "no.json", "no such file"),
            *(
                Bad("results", lambda text=text: _written(text), rule, "written.json", given)
                for given, text, rule in (
                    ("empty", "", "it is not JSON"),
                    ("cut in the middle", RESULTS.read_text(encoding="utf-8")[:20], "it is not JSON"),
                    ("a list", "[]", "is not a results file of samverify"),
                    ("no verdicts", '{"provenance": {}}', "provenance.commit is missing"),
                    ("control characters in a name", _renamed("\x1b[31m"), r"margins.\x1b[31m = 'x' is not allowed"),
                )
            ),
        ),
        error=Refused,
    ),
    Door(
        "pytest verify/",
        pytest_verify,
        (
            Bad("seed_block", -1, "must be >= 0", field="--seed-block"),
            Bad("workers", 0, "must be at least 1", field="--workers"),
            Bad("json", FOLDER, "a file in a folder that exists", FOLDER.name, "a folder"),
            Bad("json", FOLDER / "no" / "x.json", "a file in a folder that exists", "x.json", "in no folder"),
        ),
        error=pytest.UsageError,
    ),
)


ACCEPTED = (
    "lists and tuples of numbers, and arrays of any integer or floating type; floating labels if they are +1.0 or -1.0",
    "arrays that are read-only, not contiguous, or stored by columns",
    "NumPy scalars in the place of Python's numbers",
)
"""What looks odd and is right: arrays are copied, so that nothing of the caller's is locked, aliased or changed."""


def page() -> str:
    """Return the table of doors as Markdown."""
    lines = [
        "# Doors and the bad input that they refuse",
        "",
        "Made by `make doors`, which calls every door with every input. Each message names field, value and rule.",
        "Where no other type is given, the error is a `ValueError`; `samverify` prints the message and exits with 2.",
        "",
        "Accepted, and copied, are:",
        "",
        *(f"- {line}" for line in ACCEPTED),
    ]
    for door in DOORS:
        lines += ["", f"## {door.name}", "", "| given | message |", "|---|---|"]
        lines += [f"| {_cell(bad.description)} | {_cell(door.message(bad))} |" for bad in door.refuses]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    inside = text.replace(str(FOLDER), "FOLDER").replace(f"{ROOT}/", "")
    return inside.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


if __name__ == "__main__":
    sys.stdout.write(page())
