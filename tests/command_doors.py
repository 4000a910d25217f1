"""The doors of the command line: options, files and folders that `samverify` and `pytest verify/` refuse.

All are called in this process. What needs a disk that is full or read-only is patched here; `test_full_disk.py` has a
real one.
"""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from door import FOLDER, ROOT, Bad, Door, Refused, Stopped, command

import sweeps
import verify.conftest
from sweeps import read_config, sweep
from theorems.prescriptions import FORMULAS

RESULTS = ROOT / "results" / "full.json"
DIGITS = "9" * 5000
HEXADECIMAL = "0x" + "f" * 5000
IN_A_FOLDER = "a file in a folder that exists"


def _made(given: Any) -> Any:
    """Return a value, or what a function in its place makes."""
    return given() if callable(given) else given


def _written(content: str | bytes, name: str = "written.json") -> Path:
    path = FOLDER / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _options(given: dict[str, object]) -> list[str]:
    """Return options by their names in Python as words of the command line; True is a flag."""
    words = []
    for name, value in given.items():
        words += [f"--{name.replace('_', '-')}"] if value is True else [f"--{name.replace('_', '-')}", str(value)]
    return words


def _number(option: str, rule: str, *values: object) -> Iterator[Bad]:
    """An option that is not understood: the message has the option's name, and the value in quotes or bare."""
    for value in values:
        yield Bad(option, value, rule, str(value), field=f"--{option.replace('_', '-')}")


def _targets(option: str) -> Iterator[Bad]:
    yield Bad(option, FOLDER, IN_A_FOLDER, FOLDER.name, "a folder")
    yield Bad(option, FOLDER / "no" / "x", IN_A_FOLDER, "no/x", "in no folder")
    yield Bad(option, Path("/dev/full"), "not a device or a pipe", "/dev/full", "a device")
    yield Bad(option, Path("/proc/x"), "a file that can be written", "/proc/x", "where no file can be made")


# check, report and pytest verify/


def check_command(ids: str = "noise_norms", **options: object) -> None:
    command("check", ids, *_options(options))


def pytest_verify(**options: object) -> None:
    given = {"seed_block": 0, "json": None, "workers": None} | options
    config = SimpleNamespace(getoption=lambda name: given[name[2:].replace("-", "_")], stash={})
    verify.conftest.pytest_configure(config)  # type: ignore[arg-type]


def report_command(results: Any = RESULTS, html: Path = FOLDER / "page.html") -> None:
    command("report", str(_made(results)), "--html", str(html))


def _renamed(name: str) -> str:
    """Return the text of a results file in which a margin has another name, and a word for its number."""
    made = json.loads(RESULTS.read_text(encoding="utf-8"))
    made["verdicts"][0]["margins"] = {name: "x"}
    return json.dumps(made)


def _statements() -> Iterator[Bad]:
    yield Bad("ids", "noise_norm", "the nearest known ones: noise_norms", field="statement")
    for value in ("", "?", "../noise_norms", "\x1b[31m"):
        yield Bad("ids", value, "the nearest known ones: ", field="statement")


def _results() -> Iterator[Bad]:
    yield Bad("results", FOLDER / "no.json", "No such file", "no.json", "no such file")
    yield Bad("results", FOLDER, "cannot be read: Is a directory", FOLDER.name, "a folder")
    for given, content, rule in (
        ("empty", "", "it is not JSON"),
        ("cut in the middle", RESULTS.read_text(encoding="utf-8")[:20], "it is not JSON"),
        ("not text", b"\xff\xfe", "it is not JSON"),
        ("a list", "[]", "is not a results file of samverify"),
        ("no verdicts", '{"provenance": {}}', "provenance.commit is missing"),
        ("control characters in a name", _renamed("\x1b[31m"), r"margins.\x1b[31m = 'x' is not allowed"),
    ):
        yield Bad("results", partial(_written, content), rule, "written.json", given)


# predict


def predict_command(config: Any = None, **options: object) -> None:
    words = [] if config is None else [str(_made(config))]
    given = {"n": 30, "d": "1e4", "m": 15, "mu_norm": 6} if config is None else {}
    if "address" in options:  # the option is --from, which Python keeps for itself
        options["from"] = options.pop("address")
    command("predict", *words, *_options({name: v for name, v in (given | options).items() if v is not None}))


def _setting_files() -> Iterator[Bad]:
    yield Bad("config", FOLDER / "no.toml", "it cannot be read (No such file or directory)", "no.toml", "no such file")
    yield Bad("config", FOLDER, "it cannot be read (Is a directory)", FOLDER.name, "a folder")
    for given, content, rule in (
        ("not TOML", "[setting", "it is not TOML"),
        ("not text", b"\xff\xfe", "it is not TOML"),
        ("a number of 5,000 digits", f"[setting]\nn = {DIGITS}", "it is not TOML"),
        ("empty", "", "the table [setting] is missing"),
        ("setting = 3", "setting = 3", "the table [setting] is missing"),
        ("another table", "[setting]\nn = 30\n[grid]", "unknown key grid; allowed: the table [setting]"),
        ("an unknown key", "[setting]\nlr = 0.1", "unknown key setting.lr; allowed: n, d, m"),
        ("control characters in a key", '[setting]\n"\\u001b[31m" = 0.1', r"unknown key setting.\x1b[31m; allowed: n"),
    ):
        yield Bad("config", partial(_written, content, "setting.toml"), rule, "setting.toml", given)
    good = "[setting]\nn = 30\nd = 10_000\nm = 15\nmu_norm = 6.0\n"
    for old, new, rule, field, value in (
        ("n = 30", 'n = "30"', "a valid integer", "n = ", "'30'"),
        ("n = 30", "n = 30.0", "a valid integer", "n = ", "30.0"),
        ("n = 30", f"n = {HEXADECIMAL}", "less than or equal to", "n = ", "<int that cannot be shown>"),
        ("m = 15\n", "", "m is missing", "m", ""),
        ("6.0", "nan", "a finite number", "mu_norm = ", "nan"),
        ("6.0", "true", "a valid number", "mu_norm = ", "True"),
    ):
        given = new if len(new) < 50 else "n = 0xff... of 5,000 digits"
        path = partial(_written, good.replace(old, new), "setting.toml")
        yield Bad("config", path, rule, value, given or f"without {old.strip()}", field)


def _predict() -> Iterator[Bad]:
    for option in ("n", "d", "m"):
        yield from _number(option, "it must be a whole number", "many", "1.5", "inf", "nan", "1e30")
        yield Bad(option, 0, "greater than or equal to 1")
        yield Bad(option, None, f"Setting: {option} is missing", "", "not given")
    yield Bad("P", 1, "greater than or equal to 2")
    yield Bad("B", 7, "divide n = 30")
    yield Bad("B", 60, "divide n = 30")
    for option in ("P", "B"):
        yield from _number(option, "it must be a whole number", "1.5", "x")
    for option in ("mu_norm", "sigma_p", "p", "sigma_0", "eta"):
        yield from _number(option, "it must be a number", "x")
        for value in ("nan", "inf"):
            yield Bad(option, value, "a finite number", value, value)
        yield Bad(option, -1.0, "greater than")
    yield Bad("sigma_p", 0.0, "greater than 0")
    yield Bad("eta", 0.0, "greater than 0")
    yield Bad("p", 0.5, "less than 0.5")
    yield Bad("sigma_p", 1e200, "leaves the range of floating-point numbers")
    for value in (0.0, 1.0, "nan"):
        yield Bad("delta", value, "a number between 0 and 1", str(value), str(value))
    yield from _number("delta", "it must be a number", "x")
    yield from _number("replicas", "it must be an integer >= 1", 0, -1, 2.5)
    yield from _number("seed_block", "it must be an integer >= 0", -1)
    yield from _number("epochs", "it must be an integer >= 1", 0)
    for value, told, rule in (
        ("cats=3", "cats", "its keys are"),
        ("d=1e6&d=1e5", "'d'", "each at most once"),
        ("story=cats", "cats", "must be one of harmful-sgd"),
        ("d=2.5", "2.5", "a whole number"),
        ("seed=-1", "-1", "a whole number from 0 to"),
        ("#", "#", "as in the page's address"),
    ):
        yield Bad("address", value, rule, told, value, "from")
    yield from _targets("json")


def _simulations() -> Iterator[Bad]:
    yield Bad("n", 10**5, "n + 2m = 100030 is not allowed with a simulation", "100030")
    yield Bad("eta", 1e308, "is too large for this setting", "1e+308")


# figures


def explore_command(html: Path = FOLDER / "explore.html", results: Any = ROOT / "results") -> None:
    command("explore", "--html", str(html), "--results", str(_made(results)))


def _explorables() -> Iterator[Bad]:
    yield Bad("results", partial(_exhibits, None), "is not there: make it with", "explore.nc", "an empty folder")
    yield from _targets("html")


def figures_command(names: str = "stages", results: Any = ROOT / "results", out: Path = FOLDER / "pictures") -> None:
    command("figures", names, "--results", str(_made(results)), "--out", str(out))


def _exhibits(content: bytes | None) -> Path:
    """Return a folder of results that holds this in the place of `stages.nc`, or nothing."""
    folder = FOLDER / "results"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if content is not None:
        (folder / "stages.nc").write_bytes(content)
    return folder


def _figures() -> Iterator[Bad]:
    good = (ROOT / "results" / "stages.nc").read_bytes()
    yield Bad("names", "stage", "is not a figure; the nearest are stages", field="name")
    yield Bad("results", FOLDER / "no", "a folder that exists", "no", "no such folder")
    yield Bad("results", RESULTS, "a folder that exists", "full.json", "a file")
    for given, content, rule in (
        ("an empty folder", None, "is not there: make it with `python -m figures`"),
        ("an exhibit that is empty", b"", "it must be a netCDF file"),
        ("an exhibit cut in the middle", good[: len(good) // 2], "it must be a netCDF file"),
        (
            "an exhibit of something else",
            (ROOT / "results" / "paths.nc").read_bytes(),
            "exhibit is 'paths', not 'stages'",
        ),
    ):
        yield Bad("results", partial(_exhibits, content), rule, "stages.nc", given)
    yield Bad("out", RESULTS, "a folder, or new in a folder that exists", "full.json", "a file")
    yield Bad("out", FOLDER / "no" / "out", "a folder, or new in a folder that exists", "no/out", "in no folder")


# sweep

CONFIG = """
replicas = 2
[setting]
n = 6
m = 2
P = 3
p = 0.1
sigma_p = 1.0
sigma_0 = 1e-3
eta = 0.01
[grid]
d = [50, 100]
mu_norm = [4.0, 8.0]
B = [3, 6]
[phases]
sgd = [{rule = "sgd", epochs = 5}]
both = [{rule = "sam", epochs = "T1", tau = {tau_paper = 0.5}}, {rule = "sgd", epochs = {T1 = 2}}]
"""
PARAMETERS = "allowed: n, d, m, P, mu_norm, sigma_p, p, sigma_0, B, eta"


def sweep_command(config: Any = CONFIG, out: Any = FOLDER / "new", **options: object) -> None:
    given = _made(config)
    path = given if isinstance(given, Path) else _written(given, "config.toml")
    command("sweep", str(path), *([] if out is None else ["--out", str(_made(out))]), *_options(options))


@cache
def _begun() -> Path:
    """Return a folder in which the sweep of CONFIG was done."""
    with ThreadPoolExecutor(1) as executor:
        sweep(read_config(_written(CONFIG, "config.toml")), FOLDER / "begun", executor, formulas=FORMULAS).close()
    return FOLDER / "begun"


def _copy(spoil: Callable[[Path], object]) -> Path:
    """Return a copy of that folder, after something was done to it."""
    folder = FOLDER / "out"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_begun(), folder)
    spoil(folder)
    return folder


def _manifest(**changes: object) -> Callable[[Path], object]:
    """Return what changes entries of a folder's `sweep.json`."""

    def spoil(folder: Path) -> None:
        path = folder / "sweep.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        for name, value in changes.items():
            manifest[name] = manifest[name] | value if isinstance(value, dict) else value
        path.write_text(json.dumps(manifest), encoding="utf-8")

    return spoil


def _foreign(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "thesis.tex").touch()


def _locked(folder: Path) -> None:
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)  # until this process ends


def _folders() -> Iterator[Bad]:
    half: Callable[[Path], object] = lambda folder: os.truncate(folder / "sweep.json", 100)  # noqa: E731
    empty: Callable[[Path], object] = lambda folder: os.truncate(folder / "sweep.json", 0)  # noqa: E731
    for given, spoil, rule in (
        (
            "begun by another CONFIG",
            _manifest(config={"replicas": 5}),
            "other config: replicas: 5 -> 2; give a new folder",
        ),
        ("begun with another NumPy", _manifest(versions={"numpy": "1.0"}), "other versions: numpy: '1.0' -> "),
        ("begun when a formula was another", _manifest(fingerprint="0"), "the formulas in CONFIG gave other numbers"),
        ("of another format", _manifest(format="samverify sweep 0"), "in the format 'samverify sweep 0', not"),
        ("with half of a sweep.json", half, "its sweep.json was not written by this command"),
        ("with an empty sweep.json", empty, "its sweep.json was not written by this command"),
        (
            "with a provenance of another kind",
            _manifest(provenance=[]),
            "its sweep.json was not written by this command",
        ),
        ("not a sweep's", _foreign, "it holds 'thesis.tex' but no sweep; it must be new, empty or a sweep's"),
        ("in use", _locked, "another command is using it"),
    ):
        yield Bad("out", partial(_copy, spoil), rule, str(FOLDER / "out"), f"a folder {given}")
    yield Bad("out", RESULTS, "it must be a folder (File exists)", "full.json", "a file")
    yield Bad("out", RESULTS / "out", "it must be a folder (Not a directory)", "full.json/out", "below a file")
    yield Bad("out", Path("/proc/out"), "it must be a folder (No such file", "/proc/out", "where no folder can be made")
    yield Bad("out", None, "Missing option", "", "not given", "--out")


def _config(old: str, new: str, field: str, value: str, rule: str, given: str | None = None) -> Bad:
    assert CONFIG.count(old) == 1, old
    return Bad("config", CONFIG.replace(old, new), rule, value, given or new or f"without {old}", field)


def _configs() -> Iterator[Bad]:
    readable = "it must be a TOML file that can be read"
    yield Bad("config", FOLDER / "no.toml", f"{readable} (No such file or directory)", "no.toml", "no such file")
    yield Bad("config", FOLDER, f"{readable} (Is a directory)", FOLDER.name, "a folder")
    yield Bad("config", lambda: _written(b"\xff\xfe", "bytes"), "not text in UTF-8", "bytes", "not text")
    yield Bad("config", "", "replicas is missing; grid is missing; phases is missing", "", "empty", "replicas")
    yield _config("[grid]", "[grid", "config", "config.toml", "is not TOML: ")
    yield _config("= 2\n[", f"= {'[' * 5000}\n[", "config", "config.toml", "is not TOML: ", "5,000 brackets")
    yield _config("= 2\n[", f"= {DIGITS}\n[", "config", "config.toml", "is not TOML: ", "a number of 5,000 digits")
    yield _config("replicas = 2", "", "replicas", "", "is missing")
    for word, rule in (
        ("0", "greater than or equal to 1"),
        ("10_001", "less than or equal to 10000"),
        ("2.5", "a valid integer"),
        ("true", "a valid integer"),
        ('"2"', "a valid integer"),
    ):
        value = {"true": "True", '"2"': "'2'"}.get(word, word.replace("_", ""))
        yield _config("replicas = 2", f"replicas = {word}", "replicas", value, rule)
    for line, field, value, rule in (
        ("seeds = 3", "unknown field seeds", "3", "allowed: replicas, setting, grid, phases"),
        ("self = 3", "unknown field self", "3", "allowed: replicas, setting, grid, phases"),
        ('"\\u001b[31m" = 3', r"unknown field \x1b[31m", "3", "allowed: replicas, setting, grid, phases"),
        ("test_samples = 0", "test_samples", "0", "greater than or equal to 1"),
        ("tol = 0", "tol", "0", "greater than 0"),
        ("tol = nan", "tol", "nan", "a finite number"),
        ("seed_block = -1", "seed_block", "-1", "greater than or equal to 0"),
    ):
        yield _config("replicas = 2", f"replicas = 2\n{line}", field, value, rule, line)
    yield from _config_settings()
    yield from _config_grids()
    yield from _config_phases()


def _config_settings() -> Iterator[Bad]:
    yield _config("m = 2", "k = 2", "setting.k", "", f"is not a parameter; {PARAMETERS}")
    yield _config("m = 2", "", "m", "", "is in neither [setting] nor [grid]: it must be in one of them", "without m")
    yield _config(
        "m = 2", "m = 2\nd = 50", "d", "", "is in both [setting] and [grid]: it must be in one of them", "d twice"
    )
    yield _config("m = 2", "m = true", "m = ", "True", "a valid integer")
    yield _config("m = 2", 'm = "natural"', "m", "'natural'", "allowed: none, it must be a number")
    for word, value, rule in (
        ("-1.0", "-1.0", "greater than 0"),
        ("nan", "nan", "a finite number"),
        ("inf", "inf", "a finite number"),
        ('"0.01*m"', "'0.01*m'", "is not one of the named formulas; allowed: 'natural' or 'stable'"),
        ("{}", "{}", "is not one of the named formulas; allowed: 'natural' or 'stable'"),
        (
            "{natural = 1, stable = 1}",
            "'stable': 1",
            "is not one of the named formulas; allowed: 'natural' or 'stable'",
        ),
        ("{natural = -1}", "{'natural': -1}", "the factor must be positive and finite"),
        ("{natural = nan}", "{'natural': nan}", "the factor must be positive and finite"),
        ("1979-05-27", "datetime.date(1979, 5, 27)", "a valid number"),
    ):
        yield _config("eta = 0.01", f"eta = {word}", "eta = ", value, rule)


def _config_grids() -> Iterator[Bad]:
    yield Bad(
        "config",
        CONFIG.replace("[grid]", "").replace(
            "d = [50, 100]\nmu_norm = [4.0, 8.0]\nB = [3, 6]", "d = 50\nB = 3\nmu_norm = 4.0\n[grid]"
        ),
        "it must name one or more parameters, each with a list of values",
        "",
        "[grid] is empty",
        "grid is empty",
    )
    for word, value, rule in (
        ("[]", "[]", "it must hold one value or more"),
        ("50", "50", "a valid list"),
        ('[50, "T1"]', "'T1'", "its values must be numbers"),
        ("[50, true]", "True", "its values must be numbers"),
        ("[50, 100, 50]", "50 twice", "its values must differ"),
    ):
        yield _config("d = [50, 100]", f"d = {word}", "grid.d", value, rule)
    for old, new, value, rule in (
        ("d = [50, 100]", "d = [50, 100.0]", "d = 100.0", "a valid integer"),
        ("d = [50, 100]", "d = [50, 0]", "d = 0", "greater than or equal to 1"),
        ("mu_norm = [4.0, 8.0]", "mu_norm = [4.0, nan]", "mu_norm = nan", "a finite number"),
        ("mu_norm = [4.0, 8.0]", "mu_norm = [0.0, 8.0]", "mu_norm = 0", "without signal T_1 is infinite"),
        (
            "mu_norm = [4.0, 8.0]",
            "mu_norm = [1e-200, 8.0]",
            "mu_norm = 1e-200",
            "a formula leaves the range of numbers",
        ),
        ("B = [3, 6]", "B = [3, 4]", "B = 4", "divide n = 6"),
        ("B = [3, 6]", "B = [12]", "B = 12", "divide n = 6"),
    ):
        yield _config(old, new, "Config: cell ", value, rule)
    yield _config(
        "d = [50, 100]", "d = [50, 100]\nw = [1]", "grid.w", "", f"is not a parameter; {PARAMETERS}", "w = [1]"
    )
    yield _config("[grid]", "[[grid]]", "grid = ", "[{", "a valid dictionary")
    values = str(list(range(1, 1001)))
    text = CONFIG.replace("[50, 100]", values).replace("[4.0, 8.0]", values).replace("[3, 6]", values)
    yield Bad("config", text, "it must have at most 1,000,000", "1,000,000,000 cells", "a grid of 10^9 cells", "grid")


def _config_phases() -> Iterator[Bad]:
    known = "is not one of the named formulas; allowed: "
    for word, value, rule in (
        ('"T2"', "'T2'", f"{known}'T1'"),
        ("\"__import__('os').abort()\"", "__import__('os').abort()", f"{known}'T1'"),
        ("-1", "-1", "greater than or equal to 0"),
        ("1.5", "1.5", "a valid integer"),
        ("{T1 = 0}", "{'T1': 0}", "the factor must be positive and finite"),
    ):
        yield _config('epochs = "T1"', f"epochs = {word}", "phases.both[0]: ", value, rule)
    tau = "tau = {tau_paper = 0.5}"
    yield _config(tau, 'tau = "T1"', "phases.both[0]: tau", "'T1'", f"{known}'tau_paper'")
    yield _config(tau, "tau = nan", "phases.both[0]: Phase: tau", "nan", "a finite number")
    yield _config(
        f", {tau}", "", "phases.both[0]: Phase: tau", "None", "rule 'sam' needs a radius tau >= 0", "SAM without tau"
    )
    sgd = 'sgd = [{rule = "sgd", epochs = 5}]'
    for new, field, value, rule in (
        ('sgd = [{rule = "sgd", epochs = 5, tau = 0.1}]', "phases.sgd[0]: Phase: tau", "0.1", "takes no radius"),
        ('sgd = [{rule = "adam", epochs = 5}]', "phases.sgd[0]: Phase: rule", "'adam'", "it must be one of"),
        ('sgd = [{rule = "sgd", epochs = 5, lr = 1}]', "phases.sgd[0].lr", "", "allowed: rule, epochs, tau"),
        ('sgd = [{rule = "sgd"}]', "phases.sgd[0].epochs", "", "is missing"),
        ("sgd = []", "phases.sgd", "[]", "it must hold one phase or more"),
        ("sgd = 5", "phases.sgd", "5", "a valid list"),
        ('"" = [{rule = "sgd", epochs = 5}]', "phases with the name", "''", "printable, not empty"),
        ('"\\u001b" = [{rule = "sgd", epochs = 5}]', "phases with the name", r"'\x1b'", "printable, not empty"),
    ):
        yield _config(sgd, new, field, value, rule)
    head = CONFIG.partition("[phases]")[0]
    yield Bad(
        "config", f"{head}[phases]", "it must name one or more schedules", "", "[phases] is empty", "phases is empty"
    )


def _sweep_options() -> Iterator[Bad]:
    yield from _number("workers", "it must be an integer >= 1", 0, -1, "many")
    yield Bad("colour", "red", "No such option", "--colour", "red")


def on_cluster(scheduler: str, workers: int | None = None) -> None:
    """Ask for a cluster, and wait for it less long than the command does."""
    options: dict[str, object] = {} if workers is None else {"workers": workers}
    with patch("sweeps.cluster", partial(sweeps.cluster, timeout=0.3)):
        sweep_command(scheduler=scheduler, **options)


def _schedulers() -> Iterator[Bad]:
    yield Bad("scheduler", "tcp://127.0.0.1:1", "does not answer within 0.3 s")
    yield Bad("scheduler", "nobody://here", "does not answer within 0.3 s")


def _failing(code: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise OSError(code, os.strerror(code))

    return fail


def on_disk(disk: tuple[bool, Callable[[], AbstractContextManager[object]]]) -> None:
    """Run the command in a folder that holds the sweep's cells, or is new, where a call of the system fails."""
    begun, failing = disk
    folder = _copy(lambda folder: (folder / "sweep.nc").unlink() if begun else shutil.rmtree(folder))
    with failing():
        sweep_command(out=folder)


def _disks() -> Iterator[Bad]:
    for code, word in ((errno.EROFS, "read-only"), (errno.ENOSPC, "full")):
        for begun, method in ((False, "write_text"), (True, "touch")):
            yield Bad(
                "disk",
                (begun, partial(patch.object, Path, method, _failing(code))),
                f"it cannot be written or read ({os.strerror(code)})",
                str(FOLDER / "out"),
                f"{word} when it {'goes on' if begun else 'begins'}",
                "out",
            )


COMMANDS = (
    Door(
        "samverify check",
        check_command,
        (
            *_statements(),
            Bad("scale", "slow", "'quick' or 'full'"),
            *_number("seed_block", "an integer >= 0", -1, 1.5, "x"),
            *_number("workers", "an integer >= 1", 0, -1, "many"),
            *_targets("json"),
            *_targets("html"),
            Bad("colour", "red", "No such option", "--colour", "red"),
        ),
        error=Refused,
    ),
    Door(
        "samverify check --json FILE --html FILE",
        lambda file: check_command(json=file, html=file),
        (Bad("file", FOLDER / "x", "they must be different files", "/x", "the same for both", "json and html"),),
        error=Refused,
    ),
    Door(
        "samverify report",
        report_command,
        (
            *_targets("html"),
            Bad("html", RESULTS, "another file than results", RESULTS.name, "the results file itself"),
            *_results(),
        ),
        error=Refused,
    ),
    Door("samverify predict", predict_command, (*_setting_files(), *_predict()), error=Refused),
    Door(
        "samverify predict --simulate",
        lambda **options: predict_command(simulate=True, replicas=1, **options),
        (*_simulations(),),
        error=Refused,
    ),
    Door("samverify figures", figures_command, (*_figures(),), error=Refused),
    Door("samverify explore", explore_command, (*_explorables(),), error=Refused),
    Door("samverify sweep", sweep_command, (*_configs(), *_folders(), *_sweep_options()), error=Refused),
    Door(
        "samverify sweep --scheduler ADDRESS",
        on_cluster,
        (*_schedulers(),),
        error=Refused,
    ),
    Door(
        "samverify sweep --workers N --scheduler ADDRESS",
        partial(on_cluster, "tcp://127.0.0.1:1"),
        (Bad("workers", 2, "not allowed together: a cluster has its own workers", "", field="workers and scheduler"),),
        error=Refused,
    ),
    Door("samverify sweep, on a disk that cannot be written", on_disk, (*_disks(),), error=Refused),
    Door(
        "samverify sweep, stopped (exit code 3)",
        on_disk,
        (
            Bad(
                "disk",
                (True, partial(patch, "sweeps.dataset.netcdf_file", _failing(errno.ENOSPC))),
                "at least 8 of 8 cells are kept in",
                str(FOLDER / "out"),
                "full when all cells are put together",
                "No space left on device",
            ),
            Bad(
                "disk",
                (True, partial(patch, "sweeps.dataset.netcdf_file", side_effect=KeyboardInterrupt)),
                "at least 8 of 8 cells are kept in",
                str(FOLDER / "out"),
                "Ctrl-C",
                "stopped",
            ),
        ),
        error=Stopped,
    ),
    Door(
        "pytest verify/",
        pytest_verify,
        (
            Bad("seed_block", -1, "must be >= 0", field="--seed-block"),
            Bad("workers", 0, "must be at least 1", field="--workers"),
            *_targets("json"),
        ),
        error=pytest.UsageError,
    ),
)
