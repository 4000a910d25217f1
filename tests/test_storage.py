"""Files are whole or not there, and a file that is not ours is refused in one sentence."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dynamics import Phase, Trajectory, draw, train_network
from dynamics.files import write_text


@pytest.fixture(scope="module")
def run(natural, radius):
    s = natural(n=4, B=2, m=2, d=15)
    return train_network(s, draw(s, 0), [Phase("sam", 2, radius(s)), Phase("sgd", 2)], record_every="step")


@pytest.fixture(scope="module")
def good(run, tmp_path_factory):
    """Bytes of a run's file."""
    file = tmp_path_factory.mktemp("storage") / "run.npz"
    run.save(file)
    return file.read_bytes()


def test_a_failed_save_leaves_the_old_file_and_no_draft(run, tmp_path, monkeypatch):
    file = tmp_path / "run.npz"
    run.sample.save(file)
    before = file.read_bytes()

    def disk_full(*_, **__):
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr("dynamics.files.npy.write_array", disk_full)
        with pytest.raises(OSError, match="no space left"):
            run.save(file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def edited(good, file, **changes):
    """Write the file again with some arrays replaced, and left out where the replacement is None."""
    (file.parent / "good").write_bytes(good)
    with np.load(file.parent / "good") as old:
        arrays = {name: changes.get(name.replace(".", "_"), old[name]) for name in old}
    new = {name: array for name, array in arrays.items() if array is not None}
    with file.open("wb") as stream:
        np.savez(stream, **new | {name: array for name, array in changes.items() if name.startswith("extra")})


def about(run, **changes):
    plain = {"setting": run.setting.model_dump(), "phases": [phase.model_dump() for phase in run.phases]}
    return np.array(json.dumps(plain | changes))


BAD = {
    "a member missing": (lambda r: {"rho": None}, "rho"),
    "a member too many": (lambda r: {"extra": np.zeros(3)}, "extra"),
    "format": (lambda r: {"format": np.array("samverify trajectory 2")}, "it says it is 'samverify trajectory 2'"),
    "not JSON": (lambda r: {"about": np.array("{")}, "JSON"),
    "no phases": (lambda r: {"about": about(r, phases=[])}, "one or more Phase objects"),
    "fewer epochs": (lambda r: {"about": about(r, phases=[{"rule": "sgd", "epochs": 1}])}, "step is not allowed"),
    "gamma, shape": (lambda r: {"gamma": r.gamma[:, :1]}, "gamma of shape (9, 1, 2)"),
    "rho, NaN": (lambda r: {"rho": r.rho * np.nan}, "rho[0, 0, 0, 0] = nan"),
    "loss, NaN": (lambda r: {"loss": r.loss * np.nan}, "loss is not allowed"),
    "step, order": (lambda r: {"step": r.step[::-1]}, "step is not allowed"),
    "epoch": (lambda r: {"epoch": r.epoch + 1}, "epoch is not allowed"),
    "phase": (lambda r: {"phase": r.phase + 1}, "phase is not allowed"),
    "batches": (lambda r: {"batches": r.batches + 1}, "batches is not allowed"),
    "sample, label": (lambda r: {"sample_y": r.sample.y * 2}, "y with a label"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses_a_file(run, good, tmp_path, case):
    changes, reason = BAD[case]
    edited(good, tmp_path / "bad.npz", **changes(run))
    with pytest.raises(ValueError, match=r"^source = '.*bad\.npz' is not allowed: it must be a whole file") as caught:
        Trajectory.load(tmp_path / "bad.npz")
    assert reason in str(caught.value)
    assert str(caught.value).isprintable()


def test_on_a_full_disk_a_text_is_kept_elsewhere_if_there_is_room(tmp_path, monkeypatch):
    write, spares = Path.write_text, tmp_path / "spares"
    spares.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spares))

    def full(self, text, encoding=None):
        if spares in self.parents and room:
            return write(self, text, encoding)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    for room in (True, False):
        with pytest.raises(OSError, match="No space left on device") as lost:
            write_text(tmp_path / "x.json", "{}")
        assert ("; it is in " in lost.value.strerror) == room
    assert [path.read_text() for path in spares.rglob("x.json")] == ["{}"]
    assert [path.name for path in tmp_path.iterdir()] == ["spares"]


def test_output_that_cannot_be_written_is_three():
    command = [sys.executable, "-m", "samverify", "predict", "--n", "30", "--d", "1e4", "--m", "15", "--mu-norm", "6"]
    root = Path(__file__).parent.parent
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=root, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "samverify: the output could not be written: No space left on device\n"
