"""A small sweep, and the command that runs it in processes of its own."""

import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFIG = """
replicas = 4
test_samples = 500
[setting]
n = 20
m = 10
P = 2
B = 10
p = 0.1
sigma_p = 1.0
sigma_0 = {natural = 0.1}
eta = {natural = 0.2}
[grid]
d = [1000, 3000, 10000]
mu_norm = [10.0, 20.0, 30.0, 40.0]
[phases]
sgd = [{rule = "sgd", epochs = 2000}]
both = [{rule = "sam", epochs = "T1", tau = "tau_paper"}, {rule = "sgd", epochs = 2000}]
"""
CELLS = 12


def start(config, out, *options):
    """Start the command at the head of a process group of its own, with Ctrl-C as a terminal leaves it."""
    return subprocess.Popen(
        [sys.executable, "-m", "samverify", "sweep", str(config), "--out", str(out), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def finish(process):
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


def cells_of(out):
    return {path.name: path.read_bytes() for path in out.glob("cells/*/*.npy")}


def wait_for_cells(process, out, count):
    """Wait until so many cells are there; with 0, until the folder is."""
    until = time.monotonic() + 300
    while len(cells_of(out)) < count or not out.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.002)
