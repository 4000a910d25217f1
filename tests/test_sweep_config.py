"""CONFIG: what is refused, with which sentence, before any cell starts; and what the formulas give."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dynamics import Phase
from dynamics.sweep import Config, read_config
from dynamics.sweep.plan import Plan
from theorems.condition import t1_epochs, tau_paper
from theorems.prescriptions import FORMULAS

ROOT = Path(__file__).parent.parent
GOOD = """
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
PARAMETERS = "n, d, m, P, mu_norm, sigma_p, p, sigma_0, B, eta"
CHANGES = [
    ("replicas = 2", "", "Config: replicas is missing"),
    ("replicas = 2", "replicas = 0", "replicas = 0 is not allowed: it must be greater than or equal to 1"),
    ("replicas = 2", "replicas = 2.5", "replicas = 2.5 is not allowed"),
    ("replicas = 2", "replicas = 2\nseeds = 3", "unknown field seeds = 3; allowed: replicas, setting, grid, phases"),
    ("replicas = 2", "replicas = 2\ntol = 0", "tol = 0 is not allowed: it must be greater than 0"),
    ("m = 2", "k = 2", f"setting.k is not a parameter; allowed: {PARAMETERS}"),
    ("m = 2", "", "m is in neither [setting] nor [grid]: it must be in one of them"),
    ("m = 2", "m = 2\nd = 50", "d is in both [setting] and [grid]"),
    ("m = 2", "m = true", "m = True is not allowed"),
    ("d = [50, 100]", "d = []", "grid.d = [] is not allowed: it must hold one value or more"),
    ("d = [50, 100]", "d = 50", "grid.d = 50 is not allowed: it must be a valid list"),
    ("d = [50, 100]", 'd = [50, "T1"]', "grid.d with 'T1' is not allowed: its values must be numbers"),
    ("d = [50, 100]", "d = [50, 100, 50]", "grid.d with 50 twice is not allowed: its values must differ"),
    ("d = [50, 100]", "d = [50, 100.0]", "cell d = 100.0, mu_norm = 4.0, B = 3: Setting: d = 100.0 is not allowed"),
    ("d = [50, 100]", "d = [50, 100]\nw = [1]", f"grid.w is not a parameter; allowed: {PARAMETERS}"),
    ("mu_norm = [4.0, 8.0]", "mu_norm = [4.0, nan]", "mu_norm = nan is not allowed"),
    (
        "B = [3, 6]",
        "B = [3, 4]",
        "cell d = 50, mu_norm = 4.0, B = 4: Setting: B = 4 is not allowed: it must divide n = 6",
    ),
    ("eta = 0.01", "eta = -1.0", "eta = -1.0 is not allowed: it must be greater than 0"),
    ("eta = 0.01", 'eta = "0.01*m"', "eta = '0.01*m' is not one of the named formulas; allowed: 'natural' or 'stable'"),
    (
        "eta = 0.01",
        "eta = {natural = -1}",
        "eta = {'natural': -1} is not allowed: the factor must be positive and finite",
    ),
    ("eta = 0.01", "eta = {}", "eta = {} is not one of the named formulas; allowed: 'natural' or 'stable'"),
    ("m = 2", 'm = "natural"', "m = 'natural' is not one of the named formulas; allowed: none, it must be a number"),
    ('epochs = "T1"', 'epochs = "T2"', "phases.both[0]: epochs = 'T2' is not one of the named formulas; allowed: 'T1'"),
    (
        'epochs = "T1"',
        "epochs = \"__import__('os').abort()\"",
        "is not one of the named formulas; allowed: 'T1'",
    ),
    ('epochs = "T1"', "epochs = -1", "phases.both[0]: Phase: epochs = -1 is not allowed"),
    ("tau = {tau_paper = 0.5}", 'tau = "T1"', "tau = 'T1' is not one of the named formulas; allowed: 'tau_paper'"),
    (", tau = {tau_paper = 0.5}", "", "tau = None is not allowed: rule 'sam' needs a radius tau >= 0"),
    ("mu_norm = [4.0, 8.0]", "mu_norm = [0.0, 8.0]", "mu_norm = 0 is not allowed: without signal T_1 is infinite"),
    ("mu_norm = [4.0, 8.0]", "mu_norm = [1e-200, 8.0]", "cell d = 50, mu_norm = 1e-200"),
    ('rule = "sam"', 'rule = "adam"', "phases.both[0]: Phase: rule = 'adam' is not allowed: it must be one of"),
    ('rule = "sam"', 'rule = "sam", rho = 1', "phases.both[0].rho is not known; allowed: rule, epochs, tau, group"),
    (
        'sgd = [{rule = "sgd", epochs = 5}]',
        "sgd = []",
        "phases.sgd = [] is not allowed: it must hold one phase",
    ),
    ('sgd = [{rule = "sgd", epochs = 5}]', 'sgd = [{rule = "sgd"}]', "phases.sgd[0].epochs is missing"),
    ('sgd = [{rule = "sgd", epochs = 5}]', "sgd = 5", "phases.sgd = 5 is not allowed: it must be a valid list"),
    ("[grid]", "[[grid]]", "grid = [{"),
    ("[grid]", "[grid", "is not TOML: "),
    ("replicas = 2", "replicas = " + "[" * 5000, "is not TOML: "),
]


@pytest.fixture
def write(tmp_path):
    def made(text):
        target = tmp_path / "config.toml"
        target.write_text(text, encoding="utf-8")
        return target

    return made


def resolve(path):
    plan = Plan(read_config(path), FORMULAS)
    plan.check()
    return list(plan.cells())


def test_cells_in_order_with_all_numbers(write):
    cells = resolve(write(GOOD))
    assert [(c.setting.d, c.setting.mu_norm, c.setting.B) for c in cells] == [
        (d, mu, B) for d in (50, 100) for mu in (4.0, 8.0) for B in (3, 6)
    ]
    assert [cell.number for cell in cells] == list(range(8))
    for cell in cells:
        s = cell.setting
        assert cell.schedules == (
            (Phase("sgd", 5),),
            (Phase("sam", t1_epochs(s), tau=tau_paper(s) / 2), Phase("sgd", 2 * t1_epochs(s))),
        )


def test_natural_steps_follow_the_cell(write):
    cells = resolve(write(GOOD.replace("eta = 0.01", "eta = {natural = 0.2}").replace("= 1e-3", '= "natural"')))
    for s in (cell.setting for cell in cells):
        assert s.eta == pytest.approx(0.2 * s.B * s.m / ((s.P - 1) ** 2 * s.sigma_p**2 * s.d), rel=1e-14)
        assert s.sigma_0 == pytest.approx(s.n**0.5 / ((s.P - 1) * s.sigma_p * s.d), rel=1e-14)


def test_stable_steps_are_bounded_by_noise_and_signal(write):
    for s in (c.setting for c in resolve(write(GOOD.replace("eta = 0.01", "eta = {stable = 0.5}")))):
        on_noise = s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)
        on_signal = s.eta * s.mu_norm**2 / s.m * s.n / s.B
        assert on_noise + on_signal == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize(("old", "new", "message"), CHANGES)
def test_refused_in_one_sentence(write, old, new, message):
    assert GOOD.count(old) == 1
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (the message is looked at below)
        resolve(write(GOOD.replace(old, new)))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("table", ["grid", "phases"])
def test_an_empty_table_is_refused(table):
    fields = tomllib.loads(GOOD) | {table: {}}
    if table == "grid":
        fields["setting"] |= {"d": 50, "mu_norm": 1.0, "B": 3}
    with pytest.raises(ValueError, match=f"Config: {table} is empty: it must name one or more"):
        Config(**fields)


def test_a_billion_cells_are_refused_at_once(write):
    values = str(list(range(1, 1001)))
    text = GOOD.replace("[50, 100]", values).replace("[4.0, 8.0]", values).replace("[3, 6]", values)
    with pytest.raises(ValueError, match="grid of 1,000,000,000 cells is not allowed: it must have at most 1,000,000"):
        resolve(write(text))


def test_files_that_are_no_toml(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for path, message in (
        (tmp_path / "nothing", "it must be a TOML file that can be read (No such file or directory)"),
        (tmp_path, "it must be a TOML file that can be read (Is a directory)"),
        (tmp_path / "bytes", "is not TOML: it is not text in UTF-8"),
    ):
        with pytest.raises(ValueError) as refused:  # noqa: PT011
            read_config(path)
        assert message in str(refused.value)


@pytest.mark.parametrize("path", sorted((ROOT / "figures" / "configs").glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_configs_can_be_run(path):
    assert len(resolve(path)) in (208, 400)


def test_the_config_in_the_readme_can_be_run(write):
    block = (ROOT / "README.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    cells = resolve(write(block))
    assert [len(schedule) for schedule in cells[0].schedules] == [1, 2]
    assert len(cells) == 9


def test_the_command_refuses_before_it_makes_anything(write, tmp_path):
    config = write(GOOD.replace("B = [3, 6]", "B = [3, 4]"))
    command = [sys.executable, "-m", "samverify", "sweep", str(config), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "samverify: Config: cell d = 50, mu_norm = 4.0, B = 4: Setting: B = 4 is not allowed: it must divide n = 6\n"
    )
    assert not (tmp_path / "out").exists()
