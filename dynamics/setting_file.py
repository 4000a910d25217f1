"""A setting from a TOML file: strict, one table."""

import tomllib
from pathlib import Path
from typing import Any

from dynamics import Setting
from dynamics.validation import named, printable


def read_setting(path: Path) -> dict[str, Any]:
    """Return the fields that the `[setting]` table of a file gives; they need not be all.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict
        Fields of `dynamics.Setting`, unchecked but for their names.

    Raises
    ------
    ValueError
        If the file cannot be read or is not TOML, has no table `[setting]`, or holds an unknown key.

    Examples
    --------
    A file that gives the least that is needed::

        [setting]
        n = 40
        d = 1_000_000
        m = 20
        mu_norm = 8.0
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"config = {str(path)!r} is not allowed: it cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:  # not text, or not TOML, or a number of 5,000 digits
        raise ValueError(
            f"config = {str(path)!r} is not allowed: it is not TOML ({printable(str(error))[:200]})"
        ) from None
    unknown = [key for key in content if key != "setting"]
    if unknown:
        raise ValueError(f"config {str(path)!r}: unknown key {named(unknown[0])}; allowed: the table [setting]")
    fields = content.get("setting")
    if not isinstance(fields, dict):
        raise ValueError(f"config {str(path)!r}: the table [setting] is missing")
    wrong = [key for key in fields if key not in Setting.model_fields]
    if wrong:
        allowed = ", ".join(Setting.model_fields)
        raise ValueError(f"config {str(path)!r}: unknown key setting.{named(wrong[0])}; allowed: {allowed}")
    return fields
