"""The form of a figure: a results file, a drawing of it, and a caption that is written from the same numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from matplotlib import style
from matplotlib.figure import Figure

from dynamics.files import whole
from figures.style import STYLE

Data = TypeVar("Data")


@dataclass(frozen=True)
class Picture(Generic[Data]):
    """A figure that can be made.

    Attributes
    ----------
    name : str
        Also the name of its files.
    title : str
        What it shows, in a few words.
    source : str
        File in the folder of results.
    read : callable
        Opens and checks the file; raises ValueError in one sentence if it is foreign.
    draw, caption : callable
        Functions of what was read. The caption says what is predicted and what is measured.
    made_by : str
        The command that makes the file.
    """

    name: str
    title: str
    source: str
    read: Callable[[Path], Data]
    draw: Callable[[Data], Figure]
    caption: Callable[[Data], str]
    made_by: str = "make results"

    def make(self, results: Path, out: Path) -> Path:
        """Write NAME.svg and NAME.md, each whole or not at all.

        Parameters
        ----------
        results, out : Path
            Folders that exist.

        Returns
        -------
        Path
            The picture; the same results give the same bytes.
        """
        source = results / self.source
        if not source.is_file():
            raise ValueError(f"{source} is not there: make it with `{self.made_by}`")
        data = self.read(source)
        picture, page = out / f"{self.name}.svg", out / f"{self.name}.md"
        # from matplotlib's own defaults, whatever the user's matplotlibrc says
        with style.context(["default", STYLE]), whole(picture) as draft:
            self.draw(data).savefig(draft, format="svg", metadata={"Date": None, "Title": self.title})
        with whole(page) as draft:
            draft.write_text(f"# {self.title}\n\n![{self.title}]({picture.name})\n\n{self.caption(data)}\n", "utf-8")
        return picture
