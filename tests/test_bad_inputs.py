"""Bad input is refused in one sentence: the entry point, the field, the bad value, and what the sentence must say.

The rows of a command are what is typed, and of a file what is changed in it. pydantic's own tests are not repeated: a
kind of mistake stands here once a field at most.
"""

import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
from command import SMALL_SWEEP, command

import verify.conftest
from dynamics import Phase, Sample, Setting, Trajectory, draw, test_error, train, train_ensemble, train_network
from dynamics.closed_form import iterate_memorisation, memorisation
from sweeps import Config, read_config, sweep
from theorems.prediction import predict
from verify import check, check_control
from verify.run import jobs
from verify.simulate import simulate

RESULTS = Path(__file__).parent.parent / "results"
NAN, INF = float("nan"), float("inf")
S = Setting(n=4, d=30, m=2, P=3, mu_norm=4.0, sigma_p=1.0, p=0.1, sigma_0=0.1, B=2, eta=0.1)
X = draw(S, 0)
ARRAYS = {name: np.array(array) for name, array in vars(X).items()}
BATCHES = np.array([[[0, 1], [2, 3]]])
ONE = [Phase("sgd", 1)]
RUN = train(S, X, ONE)
SWEPT = Config(
    replicas=1, setting=S.model_dump(exclude={"d"}), grid={"d": [30]}, phases={"sgd": [{"rule": "sgd", "epochs": 1}]}
)


def spoiled(name, place, value):
    """Return an array of the sample with one entry replaced."""
    copy = np.array(ARRAYS[name])
    copy[place] = value
    return copy


class Rude:
    """Looks like an array or a number, and fails when it is asked."""

    def __array__(self, *_, **__):
        raise RuntimeError("no array")

    def __repr__(self):
        raise RuntimeError("no text")


ENTRIES = {
    "Setting": lambda **bad: Setting(**S.model_dump() | bad),
    "replace": S.replace,
    "Phase": lambda **bad: Phase(**{"rule": "sam", "epochs": 1, "tau": 0.1} | bad),
    "sgd": lambda **bad: Phase("sgd", 1, **bad),
    "m_sam": lambda **bad: train(S, X, Phase("m_sam", 1, 0.1, **{"group": 2} | bad)),
    "label_noise": lambda **bad: Phase("label_noise", 1, **{"flip": 0.1} | bad),
    "local_sgd": lambda **bad: train_network(S, X, Phase("local_sgd", 1, **{"workers": 2} | bad)),
    "draw": lambda **bad: draw(**{"s": S, "seed": 0} | bad),
    "Sample": lambda **bad: Sample.from_arrays(**ARRAYS | bad),
    "dataclasses.replace": lambda **bad: replace(X, **bad),
    "train": lambda **bad: train(**{"s": S, "x": X, "phases": ONE} | bad),
    "train_network": lambda **bad: train_network(**{"s": S, "x": X, "phases": ONE} | bad),
    "train_ensemble": lambda **bad: train_ensemble(**{"s": S, "samples": [X, X], "phases": ONE} | bad),
    "test_error": lambda **bad: test_error(**{"s": S, "x": X, "weights": X.w0, "samples": 10} | bad),
    "weights": lambda k: RUN.weights(k),
    "save": lambda target: X.save(target),
    "load": lambda source: Sample.load(source),
    "load a run": lambda source: Trajectory.load(source),
    "memorisation": lambda **bad: memorisation(**{"c": 1.0, "b": 1.0, "t": 1.0} | bad),
    "iterate": lambda **bad: iterate_memorisation(**{"c": 1.0, "b": 1.0, "steps": 2} | bad),
    "check": lambda **bad: check(**{"id": "noise_norms"} | bad),
    "check_control": lambda **bad: check_control(**{"id": "noise_norms", "index": 0} | bad),
    "predict": lambda **bad: predict(**{"s": S} | bad),
    "simulate": lambda **bad: simulate(**{"prediction": predict(S), "replicas": 1, "budget": 2} | bad),
    "jobs": lambda ids: jobs(ids),
    "sweep": lambda **bad: sweep(**{"config": SWEPT, "folder": "nowhere/else"} | bad),
}
INTEGER, NUMBER, FINITE = "it must be a valid integer", "it must be a valid number", "it must be a finite number"

# fmt: off
TABLE = [
    *(("Setting", field, 2.5, f"{field} = 2.5 is not allowed: {INTEGER}") for field in ("n", "d", "m", "P", "B")),
    *(("Setting", field, 0, f"{field} = 0 is not allowed: it must be greater than or") for field in ("n", "d", "m",
        "P", "B")),
    *(("Setting", field, NAN, f"{field} = nan is not allowed: {FINITE}") for field in ("mu_norm", "sigma_p", "p",
        "sigma_0", "eta")),
    *(("Setting", field, -1.0, f"{field} = -1.0 is not allowed: it must be greater than") for field in ("mu_norm",
        "sigma_p", "p", "sigma_0", "eta")),
    ("Setting", "n", True, f"n = True is not allowed: {INTEGER}"),
    ("Setting", "n", 10**5000,
        "n = <int that cannot be shown> is not allowed: it must be less than or equal to 9007199254740992"),
    ("Setting", "P", 1, "P = 1 is not allowed: it must be greater than or equal to 2"),
    ("Setting", "p", 0.5, "p = 0.5 is not allowed: it must be less than 0.5"),
    ("Setting", "eta", "1", f"eta = '1' is not allowed: {NUMBER}"),
    ("Setting", "sigma_p", 0.0, "sigma_p = 0.0 is not allowed: it must be greater than 0"),
    ("Setting", "B", 3, "Setting: B = 3 is not allowed: it must divide n = 4"),
    ("Setting", "lr", 0.1, "Setting: unknown field lr = 0.1; allowed: n, d, m, P, mu_norm"),
    ("Setting", "\x1b[31m\n", 0.1, r"unknown field \x1b[31m\n"),
    ("replace", "B", 3, "B = 3 is not allowed: it must divide n = 4"),
    ("replace", "lr", 1, "unknown field lr"),
    ("Phase", "rule", "adam",
        "Phase: rule = 'adam' is not allowed: it must be one of label_noise, local_label_noise, local_sam, "),
    ("Phase", "rule", None, "rule = None is not allowed: it must be a valid string"),
    ("Phase", "epochs", 1.5, f"epochs = 1.5 is not allowed: {INTEGER}"),
    ("Phase", "epochs", -1, "epochs = -1 is not allowed: it must be greater than or equal to 0"),
    ("Phase", "epochs", Rude(), "Phase: epochs = <Rude"),
    ("Phase", "tau", None, "tau = None is not allowed: rule 'sam' needs a radius tau >= 0"),
    ("Phase", "tau", INF, f"tau = inf is not allowed: {FINITE}"),
    ("Phase", "tau", -1e-9, "it must be greater than or equal to 0"),
    ("Phase", "lr", 0.1,
        "unknown field lr = 0.1; allowed: rule, epochs, tau, group, flip, workers, average_every, replacement"),
    ("Phase", "replacement", 1, "it must be a valid boolean"),
    ("Phase", "average_every", 2, "rule 'sam' has no workers to average"),
    ("sgd", "tau", 0.0, "tau = 0.0 is not allowed: rule 'sgd' takes no radius"),
    ("sgd", "group", 2, "takes no groups"),
    ("sgd", "flip", 0.0, "takes no label flips"),
    ("sgd", "workers", 2, "takes no workers"),
    ("m_sam", "group", None, "rule 'm_sam' needs groups of group >= 1 samples"),
    ("m_sam", "group", 3, "Phase: group = 3 is not allowed: it must divide B = 2"),
    ("label_noise", "flip", 1.1, "flip = 1.1 is not allowed: it must be less than or equal to 1"),
    ("label_noise", "flip", None, "needs a probability flip between 0 and 1"),
    ("local_sgd", "workers", None, "needs a number of workers >= 1"),
    ("local_sgd", "workers", 3, "workers = 3 is not allowed: workers * B must divide n = 4"),
    ("local_sgd", "average_every", 0, "average_every = 0 is not allowed: it must be greater than or equal to 1"),
    *((entry, "s", None, "a Setting") for entry in ("draw", "train", "train_network", "test_error", "predict")),
    *((entry, "seed", True, "seed = True is not allowed: it must be an integer >= 0") for entry in ("draw", "train",
        "train_network", "test_error", "check")),
    ("draw", "seed", -1, "seed = -1 is not allowed: it must be an integer >= 0"),
    ("draw", "frame", "full", "frame = 'full' is not allowed: it must be 'reduced' or 'ambient'"),
    ("draw", "s", S.replace(sigma_p=1e160), "xi[0]"),
    ("draw", "s", S.replace(mu_norm=1e-160), "its square must"),
    *(("Sample", name, spoiled(name, -1, NAN), "= nan is not allowed: every entry must be finite")
        for name in ("mu", "xi", "w0")),
    *(("Sample", name, ARRAYS[name].astype(complex),
        f"{name} of type complex128 is not allowed: it must be an array of real numbers") for name in ("mu", "xi",
        "w0")),
    *(("Sample", name, np.ma.masked_array(ARRAYS[name], mask=ARRAYS[name] == ARRAYS[name]), "none left out")
        for name in ARRAYS),
    ("Sample", "mu", np.where(ARRAYS["mu"] == 0, 0, np.longdouble("1e500")),
        "mu[0] = inf is not allowed: every entry must be finite"),
    ("Sample", "mu", X.mu[None], "mu of shape (1, 9) is not allowed: it must have shape"),
    ("Sample", "xi", X.xi[:, 1:], "xi of shape (4, 8) is not allowed: it must have shape"),
    ("Sample", "xi", X.xi * 1e200, "its square must"),
    ("Sample", "xi", [[1.0], [1.0, 2.0]], "an array of real numbers"),
    ("Sample", "w0", X.w0[:1], "w0 of shape (1, 2, 9) is not allowed: it must have shape"),
    *(("Sample", name, spoiled(name, 2, 0), f"{name} with a label 0 is not allowed: labels are +1 or -1")
        for name in ("y", "y_hat")),
    ("Sample", "y", ARRAYS["y"] > 0, "y of type bool is not allowed"),
    ("Sample", "y", X.y[:-1], "y of shape (3,) is not allowed: it must have shape"),
    ("Sample", "signal_patch", X.signal_patch - 9, "4 patch numbers >= 0"),
    ("Sample", "signal_patch", X.signal_patch + 0.0, "float64"),
    ("dataclasses.replace", "y", 2 * X.y, "labels are +1 or -1"),
    *((entry, "x", "x", "x = 'x' is not allowed: it must be a Sample") for entry in ("train", "train_network",
        "test_error")),
    *(row for entry in ("train", "train_network") for row in [
        (entry, "x", draw(S.replace(n=8), 0), "Sample: n = 8 is not allowed: the setting says n = 4"),
        (entry, "x", draw(S.replace(m=5), 0), "Sample: m = 5 is not allowed: the setting says m = 2"),
        (entry, "x", replace(X, signal_patch=[0, 1, 2, 3]), "signal_patch = 3 is not allowed"),
        (entry, "x", replace(X, w0=1e307 * np.sign(X.w0)), "must be finite"),
        (entry, "phases", [], "a list of one or more Phase objects"),
        (entry, "phases", ["sgd"], "a list of one or more Phase objects"),
        (entry, "record_every", 0,
            "record_every = 0 is not allowed: it must be an integer >= 1, 'step' or 'geometric'"),
        (entry, "batches", BATCHES.reshape(1, 4), "(epochs, H, B) = (1, 2, 2)"),
        (entry, "batches", BATCHES.astype(float), "sample numbers (integers)"),
        (entry, "batches", [[[0, 1], [2]]], "sample numbers (integers)"),
        (entry, "batches", BATCHES + 1, "from 0 to n-1 = 3"),
        (entry, "batches", BATCHES * 0, "each of the 4 samples exactly once"),
    ]),
    *((entry, "tol", value, f"tol = {value!r} is not allowed: it must be a positive number") for entry in ("train",
        "train_ensemble") for value in (0, NAN, True, 1j)),
    ("train_ensemble", "samples", X, "a list of Sample"),
    ("train_ensemble", "samples", [X, None], "samples[1]"),
    ("train_ensemble", "s", [S], "there are 2 samples"),
    ("train_ensemble", "s", [S, S.replace(B=4)], "must agree in n, m and B"),
    ("train_ensemble", "seeds", [0, -1], "seed = -1 is not allowed: it must be an integer >= 0"),
    ("train_ensemble", "batches", [BATCHES], "there are 2 samples"),
    ("test_error", "weights", X.w0[..., 1:], "weights of shape (2, 2, 8) is not allowed"),
    ("test_error", "weights", spoiled("w0", -1, NAN), "every entry must be finite"),
    ("test_error", "samples", 0, "samples = 0 is not allowed: it must be an integer >= 1"),
    ("weights", "k", 2, "0 to 1 or -1 to -2"),
    ("weights", "k", 0.0, "k = 0.0 is not allowed"),
    ("save", "target", RESULTS, "a file in a folder that exists"),
    ("save", "target", None, "a path"),
    ("load", "source", RESULTS / "nowhere.npz", "a file that exists"),
    ("load", "source", RESULTS / "full.json", "a whole file of kind 'samverify sample 1'"),
    ("load a run", "source", RESULTS / "full.json", "a whole file of kind 'samverify trajectory 1'"),
    ("memorisation", "c", -1.0, "c = -1.0 is not allowed"),
    ("memorisation", "b", np.array([1.0, 0.0]), "is not allowed"),
    ("memorisation", "t", NAN, "t = array(nan) is not allowed"),
    ("iterate", "c", 0.0, "c = 0.0 is not allowed"),
    ("iterate", "steps", 1.5, "steps = 1.5 is not allowed"),
    ("check", "id", "noise_norm", "statement 'noise_norm' is not known; the nearest known ones: noise_norms"),
    ("check", "id", 3, "is not known"),
    ("check", "scale", "slow", "scale = 'slow' is not allowed: it must be 'quick' or 'full'"),
    ("check_control", "index", 2, "control 2 of 'noise_norms' is not known: it has controls 0 to 1"),
    ("check_control", "index", True, "controls 0 to 1"),
    ("predict", "delta", 1.0, "delta = 1.0 is not allowed: it must be a number between 0 and 1"),
    ("predict", "s", S.replace(mu_norm=1e200), "leaves the range of floating-point numbers"),
    ("simulate", "prediction", None, "a Prediction"),
    ("simulate", "prediction", predict(S.replace(n=10**5)), "n + 2m = 100004 is not allowed with a simulation"),
    ("simulate", "replicas", 0, "replicas = 0 is not allowed: it must be an integer >= 1"),
    ("simulate", "budget", 1.5, "budget = 1.5 is not allowed"),
    ("jobs", "ids", ["noise_norm"], "the nearest known ones: noise_norms"),
    ("sweep", "config", "grid.toml", "config = 'grid.toml' is not allowed: it must be a Config"),
    ("sweep", "folder", 3, "folder = 3 is not allowed: it must be a path"),
    ("sweep", "workers", 1.5, "workers = 1.5 is not allowed: it must be an integer >= 1"),
]
# fmt: on


@pytest.mark.parametrize(("entry", "field", "value", "said"), TABLE, ids=[f"{row[0]}: {row[3][:60]}" for row in TABLE])
def test_refused_with_field_value_and_rule(entry, field, value, said):
    with np.errstate(over="ignore"), pytest.raises(ValueError, match=r"^[^\n]+$") as refused:
        ENTRIES[entry](**{field: value})
    assert type(refused.value) is ValueError or entry in ("Setting", "replace", "Phase", "sgd", "label_noise")
    assert said in str(refused.value)
    assert str(refused.value).isprintable()


def test_good_arguments_are_accepted():
    for entry in ENTRIES.keys() - {"weights", "save", "load", "load a run", "jobs", "sweep", "simulate"}:
        ENTRIES[entry]()


# --- what is typed

PREDICT = "predict --n 30 --d 1e4 --m 15 --mu-norm 6"
# fmt: off
TYPED = [
    ("check noise_norm", "statement 'noise_norm' is not known; the nearest known ones: noise_norms"),
    ("check noise_norms --scale slow", "scale = 'slow' is not allowed: it must be 'quick' or 'full'"),
    ("check noise_norms --seed-block -1", "--seed-block"),
    ("check noise_norms --workers many", "--workers"),
    ("check noise_norms --colour red", "No such option"),
    *((f"check noise_norms --{option} {target}", rule) for option in ("json", "html") for target, rule in [
        (".", "it must be a file in a folder that exists"), ("no/x", "it must be a file in a folder that exists"),
        ("/dev/full", "not a device or a pipe"), ("/proc/x", "it must be a file that can be written"),
    ]),
    ("check noise_norms --json x --html x", "they must be different files"),
    ("report no.json --html x", "No such file"),
    ("report {results}/paths.nc --html x", "it is not JSON"),
    ("report full.json --html ./full.json", "it must be another file than results"),
    ("predict --n 30", "d is missing; m is missing; mu_norm is missing"),
    (f"{PREDICT} --d 1.5", "it must be a whole number"),
    (f"{PREDICT} --P 1", "greater than or equal to 2"),
    (f"{PREDICT} --B 7", "Setting: B = 7 is not allowed: it must divide n = 30"),
    (f"{PREDICT} --eta nan", "it must be a finite number"),
    (f"{PREDICT} --delta 2", "delta = 2.0 is not allowed: it must be a number between 0 and 1"),
    (f"{PREDICT} --sigma-p 1e200", "leaves the range of floating-point numbers"),
    (f"{PREDICT} --replicas 0", "it must be an integer >= 1"),
    (f"{PREDICT} --simulate --eta 1e308", "eta = 1e+308 is too large for this setting"),
    ("predict no.toml", "it cannot be read (No such file or directory)"),
    ("figures stage --out x", "is not a figure; the nearest are stages"),
    ("figures stages --results no --out x", "results = 'no' is not allowed: it must be a folder that exists"),
    ("figures stages --results . --out x", "is not there: make it with `make results`"),
    ("figures stages --out no/x", "a folder, or new in a folder that exists"),
    ("sweep no.toml --out x", "it cannot be read (No such file or directory)"),
    ("sweep config.toml", "Missing option"),
    ("sweep config.toml --out full.json", "it must be a folder (File exists)"),
    ("sweep config.toml --out x --workers 0", "it must be an integer >= 1"),
    ("sweep config.toml --out x --workers 2 --scheduler tcp://127.0.0.1:1",
        "workers and scheduler are not allowed together"),
]
# fmt: on


def written(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("typed", "said"), TYPED, ids=[typed for typed, _ in TYPED])
def test_the_command_refuses_with_2_and_writes_nothing(typed, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(SMALL_SWEEP, encoding="utf-8")
    shutil.copy(RESULTS / "full.json", tmp_path)
    before = written(tmp_path)
    words = typed.replace("{results}", str(RESULTS)).split()
    if words[0] == "figures" and "--results" not in words:
        words += ["--results", str(RESULTS)]
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.strip().count("\n") == 0
    assert written(tmp_path) == before


@pytest.mark.parametrize(
    ("option", "said"),
    [({"seed_block": -1}, "--seed-block"), ({"workers": 0}, "--workers"), ({"json": Path("no/x")}, "a folder that")],
)
def test_pytest_verify_refuses(option, said):
    given = {"seed_block": 0, "json": None, "workers": None, "load": [], "page": None} | option
    config = SimpleNamespace(getoption=lambda name: given[name[2:].replace("-", "_")], stash={})
    with pytest.raises(pytest.UsageError, match=said):
        verify.conftest.pytest_configure(config)


# --- what a file says

SETTING = "[setting]\nn = 30\nd = 10_000\nm = 15\nmu_norm = 6.0\n"
PHASE = 'sgd = [{rule = "sgd", epochs = 5}]'
TAU = ", tau = {tau_paper = 0.5}"
# fmt: off
WRITTEN = [
    ("predict", SETTING, "[setting", "it is not TOML"),
    ("predict", SETTING, "", "the table [setting] is missing"),
    ("predict", "[setting]", "[grid]", "unknown key grid; allowed: the table [setting]"),
    ("predict", "m = 15", "lr = 1", "unknown key setting.lr; allowed: n, d, m"),
    ("predict", "m = 15\n", "", "m is missing"),
    ("predict", "n = 30", "n = 30.0", "n = 30.0 is not allowed: it must be a valid integer"),
    ("predict", "n = 30", f"n = {'9' * 5000}", "it is not TOML"),
    ("sweep", SMALL_SWEEP, "", "replicas is missing; grid is missing; phases is missing"),
    ("sweep", "[grid]", "[grid", "it is not TOML ("),
    ("sweep", "= 2\n[", f"= {'[' * 5000}\n[", "it is not TOML ("),
    ("sweep", "replicas = 2", "replicas = 0", "replicas = 0 is not allowed: it must be greater than or equal to 1"),
    ("sweep", "replicas = 2", "replicas = 2\nseeds = 3",
        "unknown field seeds = 3; allowed: replicas, setting, grid, phases"),
    ("sweep", "replicas = 2", "replicas = 2\ntol = 0", "tol = 0 is not allowed: it must be greater than 0"),
    ("sweep", "m = 2", "k = 2", "setting.k is not a parameter; allowed: n, d, m, P"),
    ("sweep", "m = 2", "", "m is in neither [setting] nor [grid]"),
    ("sweep", "m = 2", "m = 2\nd = 50", "d is in both [setting] and [grid]"),
    ("sweep", "m = 2", 'm = "natural"', "allowed: none, it must be a number"),
    ("sweep", "eta = 0.01", 'eta = "0.01*m"', "is not one of the named formulas; allowed: 'natural' or 'stable'"),
    ("sweep", "eta = 0.01", "eta = {natural = -1}", "the factor must be positive and finite"),
    ("sweep", "eta = 0.01", "eta = 1979-05-27", "a valid number"),
    ("sweep", "d = [50, 100]", "d = []", "it must hold one value or more"),
    ("sweep", "d = [50, 100]", "d = [50, true]", "its values must be numbers"),
    ("sweep", "d = [50, 100]", "d = [50, 100, 50]", "its values must differ"),
    ("sweep", "d = [50, 100]", "d = [50, 0]", "Config: cell d = 0"),
    ("sweep", "mu_norm = [4.0, 8.0]", "mu_norm = [0.0, 8.0]", "without signal T_1 is infinite"),
    ("sweep", "mu_norm = [4.0, 8.0]", "mu_norm = [1e-200, 8.0]", "a formula leaves the range of numbers"),
    ("sweep", "B = [3, 6]", "B = [3, 4]",
        "Config: cell d = 50, mu_norm = 4.0, B = 4: Setting: B = 4 is not allowed: it must divide n = 6"),
    ("sweep", "B = [3, 6]", f"B = {list(range(1, 250_002))}", "it must have at most 1,000,000"),
    ("sweep", 'epochs = "T1"', 'epochs = "T2"',
        "phases.both[0]: epochs = 'T2' is not one of the named formulas; allowed: 'T1'"),
    ("sweep", 'epochs = "T1"', "epochs = \"__import__('os').abort()\"", "is not one of the named formulas"),
    ("sweep", TAU, ", tau = nan", "phases.both[0]: Phase: tau = nan is not allowed"),
    ("sweep", TAU, "", "rule 'sam' needs a radius tau >= 0"),
    ("sweep", PHASE, 'sgd = [{rule = "sgd", epochs = 5, tau = 0.1}]', "takes no radius"),
    ("sweep", PHASE, 'sgd = [{rule = "sgd", epochs = 5, lr = 1}]', "phases.sgd[0].lr"),
    ("sweep", PHASE, 'sgd = [{rule = "sgd"}]', "phases.sgd[0].epochs is missing"),
    ("sweep", PHASE, "sgd = []", "it must hold one phase or more"),
    ("sweep", PHASE, '"\\u001b" = [{rule = "sgd", epochs = 5}]', "printable, not empty"),
]
# fmt: on


@pytest.mark.parametrize(("name", "old", "new", "said"), WRITTEN, ids=[f"{row[0]}: {row[3][:50]}" for row in WRITTEN])
def test_a_file_is_refused_before_anything_is_made(name, old, new, said, tmp_path):
    text = SETTING if name == "predict" else SMALL_SWEEP
    assert text.count(old) == 1
    file, out = tmp_path / "file.toml", tmp_path / "out"
    file.write_text(text.replace(old, new), encoding="utf-8")
    code, printed, err = command(name, file, *(["--out", out] if name == "sweep" else []))
    assert (code, printed) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ((), [], "the whole = [] is not allowed"),
        (("verdicts", 0, "status"), "great", "verdicts.0.status = 'great' is not allowed"),
        (("verdicts", 0, "seconds"), True, "verdicts.0.seconds = True is not allowed"),
        (("verdicts", 0, "evidence", 0, "lower"), "big", "verdicts.0.evidence.0.lower = 'big' is not allowed"),
        (("verdicts", 0, "margins"), {"\x1b[31m": "x"}, r"margins.\x1b[31m = 'x' is not allowed"),
        (("provenance",), {}, "provenance.commit is missing"),
    ],
)
def test_a_results_file_is_refused_with_the_place(path, value, said, tmp_path):
    tree = {"": json.loads((RESULTS / "full.json").read_text(encoding="utf-8"))}
    *way, last = ("", *path)
    place = tree
    for step in way:
        place = place[step]
    place[last] = value
    file = tmp_path / "run.json"
    file.write_text(json.dumps(tree[""]), encoding="utf-8")
    code, _, err = command("report", file, "--html", tmp_path / "page.html")
    assert code == 2
    assert "is not a results file of samverify" in err
    assert said in err


# --- the folder of a sweep, and its disk


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder in which the small sweep was done, and its CONFIG."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "config.toml").write_text(SMALL_SWEEP, encoding="utf-8")
    sweep(read_config(folder / "config.toml"), folder / "out", workers=1).close()
    return folder


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"config": {"replicas": 5}}, "other config: replicas: 5 -> 2; give a new folder"),
        ({"versions": {"numpy": "1.0"}}, "other versions: numpy: '1.0' -> "),
        ({"fingerprint": "0"}, "the formulas in CONFIG gave other numbers"),
        ({"format": "samverify sweep 0"}, "in the format 'samverify sweep 0', not"),
        ({"provenance": []}, "its sweep.json was not written by this command"),
        (None, "its sweep.json was not written by this command"),
    ],
)
def test_a_folder_of_another_sweep_is_refused(begun, tmp_path, change, said):
    shutil.copytree(begun / "out", tmp_path / "out")
    manifest = tmp_path / "out" / "sweep.json"
    read = json.loads(manifest.read_text(encoding="utf-8"))
    for name, value in (change or {}).items():
        read[name] = read[name] | value if isinstance(value, dict) else value
    manifest.write_text(json.dumps(read)[: None if change else 100], encoding="utf-8")
    code, _, err = command("sweep", begun / "config.toml", "--out", tmp_path / "out")
    assert code == 2
    assert said in err


@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOSPC])
def test_a_disk_that_cannot_be_written_is_refused(begun, tmp_path, code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    with patch.object(Path, "write_text", fail):
        ended, _, err = command("sweep", begun / "config.toml", "--out", tmp_path / "out")
    assert ended == 2
    assert f"it cannot be written or read ({os.strerror(code)})" in err


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_what_a_sweep_made_is_kept_when_the_end_fails(begun, tmp_path, failure):
    shutil.copytree(begun / "out", tmp_path / "out")
    (tmp_path / "out" / "sweep.nc").unlink()
    with patch("sweeps.dataset.netcdf_file", side_effect=failure):
        code, _, err = command("sweep", begun / "config.toml", "--out", tmp_path / "out")
    assert code == 3
    assert "at least 8 of 8 cells are kept in" in err


# --- what looks odd and is right


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_any_layout_are_copied(name):
    good = ARRAYS[name]
    fixed = good.copy()
    fixed.flags.writeable = False
    apart = np.repeat(good, 2, axis=-1)[..., ::2]
    swapped = good.astype(good.dtype.newbyteorder(">"))
    for given in (apart, fixed, np.asfortranarray(good), good[::-1][::-1], good.tolist(), swapped):
        own = getattr(Sample.from_arrays(**ARRAYS | {name: given}), name)
        assert np.array_equal(own, good)
        assert own.flags.c_contiguous
        assert own.dtype == good.dtype
        assert not own.flags.writeable
        assert not np.shares_memory(own, given)
    assert apart.flags.writeable
