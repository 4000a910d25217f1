"""The form of a figure: a results file, a drawing of it, and a caption that is written from the same numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Generic, TypeVar

from matplotlib import style
from matplotlib.figure import Figure

from dynamics.files import whole
from figures.style import STYLE

Data = TypeVar("Data")
_LETTERS = 10.7
"""Of a title in an inch of the width."""


@dataclass(frozen=True)
class Picture(Generic[Data]):
    """A figure that can be made.

    Attributes
    ----------
    name : str
        Also the name of its files.
    title : str
        The one thing to take away, as a sentence; a test holds it against the results.
    source : str
        File in the folder of results; "." for the folder itself, where a picture is made from several files or none.
    read : callable
        Opens and checks the file; raises ValueError in one sentence if it is foreign.
    draw, caption : callable
        Functions of what was read. The caption says what is predicted and what is measured.
    made_by : str
        The command that makes the file.
    form : str
        "svg", or "pdf" for a page to print; that has a title of its own.
    page : str
        Of the docs, that shows it.
    """

    name: str
    title: str
    source: str
    read: Callable[[Path], Data]
    draw: Callable[[Data], Figure]
    caption: Callable[[Data], str]
    made_by: str = "make results"
    form: str = "svg"
    page: str = "gallery"

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
        if not source.exists():
            raise ValueError(f"{source} is not there: make it with `{self.made_by}`")
        data = self.read(source)
        picture, page = out / f"{self.name}.{self.form}", out / f"{self.name}.md"
        # from matplotlib's own defaults, whatever the user's matplotlibrc says
        with style.context(["default", STYLE]), whole(picture) as draft:
            figure = self.draw(data)
            date = {"svg": "Date", "pdf": "CreationDate"}[self.form]
            if self.form == "svg":
                letters = int(_LETTERS * figure.get_figwidth())
                figure.suptitle(fill(self.title, letters), x=0.004, ha="left", fontsize=11, fontweight="bold")
            _fix_layout(figure)
            figure.savefig(draft, format=self.form, metadata={date: None, "Title": self.title})
        with whole(page) as draft:
            link = f"{'!' if self.form == 'svg' else ''}[{self.title}]({picture.name})"
            draft.write_text(f"# {self.title}\n\n{link}\n\n{self.caption(data)}\n", "utf-8")
        return picture


def _fix_layout(figure: Figure) -> None:
    """Place all axes where the layout puts them, up to 1e-4 of the figure.

    With many axes the last digits of the solver's result differ from run to run, and with them the file's bytes.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for panel in figure.axes:
        left, bottom, width, height = (round(float(number), 4) for number in panel.get_position().bounds)
        panel.set_position((left, bottom, width, height))
