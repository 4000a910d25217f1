"""CONFIG: its cells, and what the formulas give there."""

from pathlib import Path

import pytest
from command import SMALL_SWEEP as GOOD

from dynamics import Phase
from sweeps import read_config
from sweeps.plan import Plan
from theorems.condition import t1_epochs, tau_paper

ROOT = Path(__file__).parent.parent


@pytest.fixture
def write(tmp_path):
    def made(text):
        target = tmp_path / "config.toml"
        target.write_text(text, encoding="utf-8")
        return target

    return made


def resolve(path):
    plan = Plan(read_config(path))
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


@pytest.mark.parametrize("path", sorted((ROOT / "figures" / "configs").glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_configs_can_be_run(path):
    assert len(resolve(path)) in (56, 208, 400)


def test_the_config_in_the_docs_can_be_run(write):
    block = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8").split("```toml\n")[2].split("```")[0]
    cells = resolve(write(block))
    assert [len(schedule) for schedule in cells[0].schedules] == [1, 2]
    assert len(cells) == 4
