"""A quick attack on every statement that has worlds, and all cases that are kept: none may be a counterexample."""

from dataclasses import replace
from pathlib import Path

import pytest

from verify.attack import attack, targets
from verify.attack.case import load, replay
from verify.attack.search import Findings

EVALUATIONS = 15  # of each statement: half a minute on two cores in all; `make attack` takes an hour
CASES = sorted((Path(__file__).parent / "attack" / "cases").glob("*.toml"))


@pytest.fixture(scope="module")
def findings(request: pytest.FixtureRequest) -> dict[str, Findings]:
    wanted = [replace(target, cheap=True) for target in targets() if target.id in _selected(request)]
    *_, found = attack(wanted, evaluations=EVALUATIONS, workers=request.config.getoption("--workers"))
    return found


def _selected(request: pytest.FixtureRequest) -> set[str]:
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    return {call.params["attacked"] for call in calls if call is not None and "attacked" in call.params}


@pytest.mark.parametrize("attacked", [target.id for target in targets()])
def test_quick_attack_finds_no_counterexample(attacked: str, findings: dict[str, Findings]) -> None:
    found = findings[attacked]
    assert found.evaluations == EVALUATIONS
    assert not found.broken, f"{attacked} fails: {found.broken[0]}"


@pytest.mark.parametrize("file", CASES, ids=[file.stem for file in CASES])
def test_case_is_no_counterexample(file: Path) -> None:
    found = replay(load(file))
    assert found.answer != "fails", f"{file.name} stands: {found}"
