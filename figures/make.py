"""Make figures by name."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from dynamics.files import whole
from figures.catalogue import FIGURES

INDEX = "README.md"
"""Says which pictures there are, in their order; written when all are made."""


def make(names: Sequence[str] | None, results: Path, out: Path) -> Iterator[Path]:
    """Make figures and yield each picture as it is written, with its caption beside it.

    Parameters
    ----------
    names : sequence of str, optional
        All figures by default.
    results, out : Path
        Folders; `out` is made if its parent exists.

    Yields
    ------
    Path
        NAME.svg or NAME.pdf; NAME.md holds the caption.

    Raises
    ------
    ValueError
        For an unknown name, a folder that is not there, or a results file that is missing or foreign.
    """
    chosen = list(dict.fromkeys(names or FIGURES))
    for name in chosen:
        if name not in FIGURES:
            near = get_close_matches(name, FIGURES, n=2) or list(FIGURES)
            raise ValueError(f"name = {name!r} is not a figure; the nearest are {', '.join(near)}")
    if not results.is_dir():
        raise ValueError(f"results = {str(results)!r} is not allowed: it must be a folder that exists")
    if (out.exists() and not out.is_dir()) or not out.parent.is_dir():
        raise ValueError(f"out = {str(out)!r} is not allowed: it must be a folder, or new in a folder that exists")
    try:
        out.mkdir(exist_ok=True)
    except OSError as error:
        raise ValueError(f"out = {str(out)!r} is not allowed: it cannot be made ({error.strerror})") from None
    for name in chosen:
        yield FIGURES[name].make(results, out)
    if not names:
        pictures = [picture for picture in FIGURES.values() if picture.page == "gallery"]
        index = "\n".join(f"- [{picture.title}]({picture.name}.{picture.form})" for picture in pictures)
        with whole(out / INDEX) as draft:
            draft.write_text(f"# Pictures\n\n{index}\n", "utf-8")
