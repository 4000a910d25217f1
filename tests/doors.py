"""Every public door and the bad input it refuses: a table that the tests walk through and that is printed.

python tests/doors.py > docs/doors.md

To add a door, add a `Door` to `DOORS`: how it is called with good arguments, and a `Bad` for each input it refuses.
Doors of the command line are in `command_doors.py`.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from command_doors import COMMANDS
from door import FOLDER, ROOT, Bad, Door

from dynamics import Phase, Sample, Setting, Trajectory, draw, test_error, train, train_ensemble, train_network
from dynamics.conformance import conformance
from dynamics.digits.images import Images
from dynamics.rules import RULES, register_rule
from sweeps import Config, sweep
from theorems import catalogue
from theorems.prediction import predict
from verify import check, check_control
from verify.run import jobs
from verify.simulate import simulate

NAN, INF = float("nan"), float("inf")


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
REFERENCE = train_network(S, X, ONE_EPOCH, batches=BATCHES, record_every="step")
FORECAST = predict(S)
POOL = ThreadPoolExecutor(1)
SWEPT = Config(
    replicas=1,
    setting={name: value for name, value in SETTING.items() if name != "d"},
    grid={"d": [30]},
    phases={"sgd": [{"rule": "sgd", "epochs": 1}]},
)


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


def registered(name: str = "own", **changes: Any) -> None:
    """Register a rule, and forget it."""
    register_rule(name, **changes)
    del RULES[name]


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
            *(Bad("activation", value, "it must be 'relu', 'leaky_relu(a)'") for value in ("gelu", "leaky_relu(2)")),
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
            *(Bad("eta", value, "it must be") for value in (0.0, -1.0, NAN, "1")),
            *(Bad("memory", value, "it must be") for value in (1.0, -0.1, NAN, "0")),
            *(Bad("weight_decay", value, "it must be") for value in (-0.1, INF, "0")),
            Bad("keep_velocity", 1, "a valid boolean"),
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
        "Trajectory.from_weights",
        lambda **changes: Trajectory.from_weights(
            **{"s": S, "x": X, "phases": ONE_EPOCH, "weights": REFERENCE.trained_weights} | changes
        ),
        (
            *_settings(),
            *(Bad("x", value, "a Sample") for value in (None, "x")),
            Bad("phases", [], "a list of one or more Phase objects"),
            *_reals("weights", REFERENCE.trained_weights),
            *_shapes("weights", (X.w0, "one record"), (REFERENCE.trained_weights[..., 1:], "too narrow")),
            Bad(
                "weights",
                REFERENCE.trained_weights[:, ::-1],
                "j = +1 first",
                "the other way round",
                "j in another order",
            ),
            Bad("weights", REFERENCE.trained_weights + 1, "must be sample.w0", "weights[0]", "another start"),
            *_batches(),
            Bad("batches", REFERENCE.batches[None, ::-1], "moves rho of sample", "step 1", "of another run"),
            Bad("steps", [0, 1], "it must have shape (3,)", "shape (2,)"),
            Bad("steps", [0, 2, 1], "rise from 0 to at most 2", "steps"),
        ),
    ),
    Door(
        "register_rule",
        registered,
        (
            Bad("name", "sam", "there is a rule of this name already"),
            *(Bad("name", value, "a word of letters") for value in ("", "a b", None, 3)),
            *(Bad(side, 3, "it must be a function") for side in ("direction", "weights_direction")),
            *(Bad("memory", value, "a number from 0, below 1") for value in (-0.1, 1.0, NAN, "0", True)),
            *(Bad("needs", value, "a list of tau, group, flip, workers") for value in (["radius"], "tau")),
        ),
    ),
    Door(
        "conformance",
        lambda step=lambda W, gradient, eta, tau: W - eta * gradient(W), accumulate=None: conformance(step, accumulate),
        (
            Bad("step", 3, "it must be a function"),
            Bad("step", lambda W, gradient, eta, tau: W[0], "as it was given", "shape (3, ", "one sign only"),
            Bad("accumulate", "mean", "it must be a function"),
        ),
    ),
    Door(
        "Images",
        lambda X=np.eye(4), labels=(1, 1, -1, -1): Images(X, labels),  # noqa: B008
        (
            Bad("X", np.ones((4, 3)), "all images are the same", "X", "the same four times"),
            Bad("X", np.ones(4), "must be (N, d)", "(4,)", "one row"),
            Bad("labels", (1, 1, 1, 1), "they must be +1 and -1, both", "array([1])"),
            Bad("labels", (1, -1), "must be (N, d)", "(2,)"),
        ),
    ),
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
            Bad("runs", [], "a list of one or more Trajectory"),
            *(Bad("runs", value, "it must be a") for value in (3, "run.npz")),
            Bad("runs", [X], "it must be a Trajectory", "runs[0]", "a Sample"),
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
        "sweeps.sweep",
        lambda config=SWEPT, folder=FOLDER / "swept", workers=None, provenance=None: sweep(
            config, folder, POOL, workers=workers, provenance=provenance
        ).close(),
        (
            Bad("config", None, "a Config"),
            Bad("config", "grid.toml", "a Config"),
            Bad("folder", 3, "a path"),
            *(Bad("workers", value, "an integer >= 1") for value in (0, -1, 1.5, True, "2", NAN)),
            *(
                Bad("provenance", value, "it must map names to words or numbers")
                for value in ({"who": {}}, {"": "x"}, {"fp": "x"}, {"config": "x"}, {3: "x"}, {"n": 2**60}, ["x"])
            ),
        ),
    ),
    Door(
        "theorems.prediction.predict",
        lambda s=S, delta=0.1: predict(s, delta),
        (
            *_settings(),
            *(Bad("delta", value, "a number between 0 and 1") for value in (0, 1.0, NAN, INF, True, "0.1", None)),
        ),
    ),
    Door(
        "verify.simulate.simulate",
        lambda prediction=FORECAST, replicas=1, seed_block=0, budget=2: simulate(
            prediction, replicas, seed_block, budget
        ),
        (
            Bad("prediction", None, "a Prediction"),
            *(Bad("replicas", value, "an integer >= 1") for value in (0, 1.5, True, "2", None)),
            *(Bad("seed_block", value, "an integer >= 0") for value in (-1, 1.5, True, "2", None)),
            *(Bad("budget", value, "an integer >= 1") for value in (0, 1.5, True, "2", None)),
        ),
    ),
    Door(
        "verify.run.jobs",
        lambda ids=(): jobs(ids),
        (Bad("ids", ["noise_norm"], "the nearest known ones: noise_norms", "'noise_norm'", field="statement"),),
    ),
    *COMMANDS,
)


ACCEPTED = (
    "lists and tuples of numbers, and arrays of any integer or floating type; floating labels if they are +1.0 or -1.0",
    "arrays that are read-only, not contiguous, or stored by columns",
    "NumPy scalars in the place of Python's numbers",
    "folders of sweeps in which cells are missing, cut short, changed or foreign: those cells are made again",
)
"""What looks odd and is right: arrays are copied, so that nothing of the caller's is locked, aliased or changed."""


def page(answer: Callable[[int, int], str] = lambda k, row: DOORS[k].message(DOORS[k].refuses[row])) -> str:
    """Return the table of doors as Markdown; `answer` says what door `k` answers to a row."""
    lines = [
        "# Doors and the bad input that they refuse",
        "",
        "Made by `make doors`, which calls every door with every input. Each message names field, value and rule.",
        "The error is a `ValueError`; `samverify` prints the message and exits with 2, unless another code is given.",
        "Disks that are full or read-only are imitated here; `tests/test_full_disk.py` fills a real one.",
        "The command waits 10 s for a scheduler, and 0.3 s here.",
        "",
        "Accepted, and copied, are:",
        "",
        *(f"- {line}" for line in ACCEPTED),
    ]
    for k, door in enumerate(DOORS):
        lines += ["", f"## {door.name}", "", "| given | message |", "|---|---|"]
        lines += [f"| {_cell(bad.description)} | {_cell(answer(k, row))} |" for row, bad in enumerate(door.refuses)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    inside = text.replace(str(FOLDER), "FOLDER").replace(f"{ROOT}/", "").replace(f"'{np.__version__}'", "'this one'")
    inside = inside.replace(", ".join(catalogue), "(all statements)")
    return inside.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


if __name__ == "__main__":
    sys.stdout.write(page())
