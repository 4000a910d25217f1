"""What `pyproject.toml` cannot say: a build notes the commit that it was made from, in `dynamics/commit.txt`."""

import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

PROVENANCE = Path(__file__).parent / "dynamics" / "provenance.py"


def note_commit(folder: str) -> None:
    """Write the commit beside the package's provenance in a folder that is being built."""
    found = runpy.run_path(str(PROVENANCE))
    target = Path(folder, PROVENANCE.parent.name, found["BUILT"])
    target.write_text(found["commit"]() + "\n", encoding="utf-8")


class BuildPy(build_py):
    """Builds the packages, but for an editable installation, which has its repository."""

    def run(self) -> None:
        """Build."""
        super().run()
        if not self.editable_mode:
            note_commit(self.build_lib)


class Sdist(sdist):
    """Makes an archive of the sources, from which a wheel may be built where there is no repository."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Fill the archive."""
        super().make_release_tree(base_dir, files)
        note_commit(base_dir)


setup(cmdclass={"build_py": BuildPy, "sdist": Sdist})
