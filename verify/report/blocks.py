"""Text between markers: written anew, and all around it left alone."""

import re
from collections.abc import Callable, Mapping

_QUOTE = re.compile(r"(<!-- q (.+?) -->).*?(<!-- /q -->)", re.DOTALL)


def filled(text: str, blocks: Mapping[str, str]) -> str:
    """Return the text with the lines between `<!-- begin NAME -->` and `<!-- end NAME -->` written anew.

    Parameters
    ----------
    text : str
    blocks : mapping
        What shall stand there, by name.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the text has no such block.
    """
    for name, block in blocks.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        before, begun, rest = text.partition(f"{begin}\n")
        _, ended, after = rest.partition(end)
        if not (begun and ended):
            raise ValueError(f"the text has no block {name!r}: it must hold {begin} and {end}")
        text = f"{before}{begun}{block}\n{ended}{after}"
    return text


def quoted(text: str, quote: Callable[[str], str]) -> str:
    """Return the text with all between `<!-- q KEY -->` and `<!-- /q -->` written anew, by a function of KEY."""
    return _QUOTE.sub(lambda found: found[1] + quote(found[2]) + found[3], text)
