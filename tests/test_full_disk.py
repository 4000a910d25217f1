"""A disk that is really full: one sentence, exit code 3, nothing half-written, and the same bits once there is room."""

import errno
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from command_doors import CONFIG

import verify.conftest
from dynamics.files import write_text
from sweeps import read_config, sweep
from verify.run import Job

HERE = Path(__file__).parent
MOUNT = 'mount -t tmpfs -o size=64k tmpfs "$0"'


def on_a_small_disk(script, disk, *arguments):
    """Run a shell script, whose $0 is an empty disk of 64 kB that nobody else sees."""
    disk.mkdir()
    return subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", f"{MOUNT} && {script}", disk, *arguments],
        cwd=HERE.parent,
        env=os.environ | {"PYTHONPATH": str(HERE.parent), "TMPDIR": str(disk.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def happened(tmp_path_factory):
    """What every command said, and the folder of what was kept."""
    folder = tmp_path_factory.mktemp("disk")
    try:
        probe = on_a_small_disk("true", folder / "probe")
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if probe.returncode != 0:
        pytest.skip(f"the kernel refuses to mount: {probe.stderr.strip()}")
    kept = folder / "kept"
    kept.mkdir()
    program = f'exec "{sys.executable}" tests/full_disk.py "$0" "$1"'
    done = on_a_small_disk(program, folder / "disk", kept)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"kept": kept}


def cells_of(folder):
    return {path.name: path.read_bytes() for path in folder.glob("cells/*/*.npy")}


def test_a_sweep_keeps_its_cells_and_goes_on_when_there_is_room(happened, tmp_path):
    kept = happened["kept"]
    code, message = happened["sweep"]
    assert code == 3
    assert message.startswith("samverify: No space left on device; at least ")
    assert message.endswith("and the same command goes on from there")
    before, after = cells_of(kept / "full"), cells_of(kept / "room")
    assert 0 < len(before) < len(after) == 8
    assert before.items() <= after.items()
    assert not list(kept.rglob("*.part"))
    assert happened["sweep, with room"] == [0, ""]
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    with ThreadPoolExecutor(1) as executor:
        sweep(read_config(tmp_path / "config.toml"), tmp_path / "whole", executor).close()
    assert after == cells_of(tmp_path / "whole")


def test_a_new_sweep_is_refused(happened):
    code, message = happened["new sweep"]
    assert code == 2
    assert message.endswith("it cannot be written or read (No space left on device)")


def test_evidence_is_kept_elsewhere(happened):
    code, message = happened["check"]
    assert code == 3
    spare = Path(message.split("'")[3])
    assert "/x.json' could not be written: No space left on device; it is in '" in message
    assert [v["id"] for v in json.loads(spare.read_text(encoding="utf-8"))["verdicts"]] == ["noise_norms"]
    assert "noise_norms" in (happened["kept"] / "x.html").read_text(encoding="utf-8")  # it has another disk


def test_a_picture_is_told(happened):
    code, message = happened["figures"]
    assert code == 3
    assert "/pictures/stages.svg' could not be written: No space left on device" in message


def test_nothing_half_written_is_left(happened):
    assert happened["left"] == ["filler", "more", "new", "out", "pictures"]


# where nothing can be mounted


def test_a_full_disk_that_is_imitated(tmp_path, monkeypatch):
    write = Path.write_text
    spares = tmp_path / "spares"
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
        assert lost.value.filename == str(tmp_path / "x.json")
        assert ("; it is in " in lost.value.strerror) == room
    assert [path.read_text() for path in spares.rglob("x.json")] == ["{}"]
    assert [path.name for path in tmp_path.iterdir()] == ["spares"]


def test_output_that_cannot_be_written_is_three():
    command = [sys.executable, "-m", "samverify", "predict", "--n", "30", "--d", "1e4", "--m", "15", "--mu-norm", "6"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=HERE.parent, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "samverify: the output could not be written: No space left on device\n"


def test_pytest_verify_shows_the_table_and_ends_with_three(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "run.json")

    monkeypatch.setattr(verify.conftest, "write_json", full)
    options = {"--json": Path("run.json"), "--scale": "quick", "--seed-block": 0, "--workers": None}
    config = SimpleNamespace(getoption=options.get, stash=pytest.Stash())
    session = SimpleNamespace(config=config, exitstatus=0)
    job = Job("noise_norms", None, "quick", 0)
    config.stash[verify.conftest._VERDICTS] = {job: job()}
    config.stash[verify.conftest._WANTED] = [job]
    verify.conftest.pytest_sessionfinish(session)
    assert session.exitstatus == 3
    said = []
    reporter = SimpleNamespace(
        section=said.append,
        write=said.append,
        write_line=lambda line, **_: said.append(line),
        _tw=SimpleNamespace(fullwidth=120, hasmarkup=False),
    )
    verify.conftest.pytest_terminal_summary(reporter, config)
    assert "1 statements: 1 confirmed" in said[-2]
    assert "Evidence" not in said[-2]
    assert said[-1] == "'run.json' could not be written: No space left on device"
