"""The command `samverify` in this process, and a small sweep for it."""

import io
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

import samverify

SMALL_SWEEP = """
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
_BOX = str.maketrans(dict.fromkeys("╭╮╰╯│─", " "))


def command(*arguments: object) -> tuple[int, str, str]:
    """Run `samverify` here and return its exit code, its output and its errors; a box around an error is taken off."""
    out, err, before = io.StringIO(), io.StringIO(), signal.getsignal(signal.SIGTERM)
    words = ["samverify", *map(str, arguments)]
    code: int | str | None = 0
    with patch.object(sys, "argv", words), redirect_stdout(out), redirect_stderr(err):
        try:
            samverify.main()
        except SystemExit as end:
            code = end.code
        finally:
            signal.signal(signal.SIGTERM, before)
    said = err.getvalue()
    if " Error " in said:  # typer's own, in a box of lines
        said = " ".join(said.translate(_BOX).split()).partition(" Error ")[2]
    return int(code or 0), out.getvalue(), said
