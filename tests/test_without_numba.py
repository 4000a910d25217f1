"""Where numba is not installed, NumPy trains; anything else that is missing is an error."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
sys.modules[{missing!r}] = None
from dynamics import Phase, Setting, draw, train
from dynamics.training import _compiled
s = Setting(n=4, d=50, m=2, P=2, mu_norm=1.0, sigma_p=1.0, p=0.0, sigma_0=0.1, B=2, eta=0.01)
run = train(s, draw(s, 0), Phase("sam", 2, 0.1))
print(_compiled(), repr(float(run.loss[-1])))
"""


def program(missing):
    return subprocess.run([sys.executable, "-c", PROGRAM.format(missing=missing)], capture_output=True, text=True)


def test_numpy_trains_where_numba_is_missing():
    without = program("numba")
    assert without.returncode == 0, without.stderr
    engine, loss = without.stdout.split()
    assert engine == "None"
    assert float(loss) == pytest.approx(float(program("nothing").stdout.split()[-1]), rel=1e-12)


def test_another_missing_module_is_not_passed_over():
    assert "ModuleNotFoundError" in program("dynamics.engines.kernels").stderr
