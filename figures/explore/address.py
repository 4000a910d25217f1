"""The page's address: its state after the #, as `key=value&...`; the same rules as in page.js."""

import math
from typing import Any
from urllib.parse import parse_qsl

from figures.explore.stories import STORIES, base

_WHOLE, _REAL = ("n", "d", "m", "P", "B"), ("mu_norm", "sigma_p", "p", "sigma_0", "eta")
_PAGE = {
    "tau": (1e12, False),
    "sam": (2**53, True),
    "seed": (2**32 - 1, True),
    "same": (1, True),
}  # from 0 to this; whole
_SIZES = ("n", "d", "m", "mu_norm")


def fields(address: str) -> dict[str, Any]:
    """Return the fields of a setting that an address of the page holds.

    Parameters
    ----------
    address : str
        What stands after the #, with or without it; or the whole address.

    Returns
    -------
    dict
        Fields of `Setting`; `n`, `d`, `m` and `mu_norm` are those of the page's base world where they are not given.
        What is the page's alone (tau, sam, seed, same) is left out.

    Raises
    ------
    ValueError
        For a key or a story that is not the page's, a key twice, or a value that is not a number.
    """
    found: dict[str, Any] = {}
    known = (*_WHOLE, *_REAL, *_PAGE, "story")
    for key, text in parse_qsl(address.rpartition("#")[2], keep_blank_values=True):
        if key not in known or key in found:
            raise ValueError(f"from with {key!r} is not allowed: its keys are {', '.join(known)}, each at most once")
        found[key] = text if key == "story" else _number(key, text)
    if "story" in found:
        stories = {story.name: story for story in STORIES}
        if len(found) > 1 or found["story"] not in stories:
            raise ValueError(f"from with story = {found['story']!r} is not allowed: it must be one of "
                             f"{', '.join(stories)}, alone")  # fmt: skip
        return stories[found["story"]].setting.model_dump()
    if not found:
        raise ValueError(f"from = {address!r} is not allowed: it must be as in the page's address, 'd=1e6&mu_norm=6'")
    start = base().model_dump()
    return {name: start[name] for name in _SIZES} | {key: v for key, v in found.items() if key not in _PAGE}


def _number(key: str, text: str) -> float:
    most, whole = _PAGE.get(key, (math.inf, key in _WHOLE))
    try:
        value = float(text)
        if not (whole and value != int(value)) and abs(value) <= most and (key not in _PAGE or value >= 0):
            return int(value) if whole else value
    except (ValueError, OverflowError):
        pass
    kind = "a whole number" if whole else "a number"
    limits = f" from 0 to {most:g}" if key in _PAGE else ""
    raise ValueError(f"from with {key} = {text!r} is not allowed: it must be {kind}{limits}")
