"""How a field that was refused is reported: one sentence with the field, the value and what is allowed."""

from collections.abc import Sequence
from reprlib import Repr
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from dynamics.arrays import Array

Thing = TypeVar("Thing")

_MOST_CLAUSES = 5
_REPR = Repr()
_REPR.maxstring = _REPR.maxother = 80


class Refusing(BaseModel):
    """A strict, frozen record whose errors are `ValueError`s of one readable sentence a field."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise ValueError(f"{type(self).__name__}: {sentence(error, type(self))}") from None

    @model_validator(mode="before")
    @classmethod
    def _unwrap_numpy_scalars(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        return {k: v.item() if isinstance(v, np.generic) else v for k, v in fields.items()}


def sentence(error: ValidationError, model: type[BaseModel]) -> str:
    """Say which field was refused, its value, and what is allowed.

    Parameters
    ----------
    error : pydantic.ValidationError
        What pydantic found.
    model : type
        The model that was being built; its field names are listed when an unknown field is given.

    Returns
    -------
    str
        One clause a refused field, joined by semicolons; of many fields the first five.
    """
    clauses = []
    errors = error.errors()
    for item in errors[:_MOST_CLAUSES]:
        name, given = named(".".join(str(part) for part in item["loc"])), shown(item["input"])
        match item["type"]:
            case "extra_forbidden":
                clauses.append(f"unknown field {name} = {given}; allowed: {', '.join(model.model_fields)}")
            case "missing":
                clauses.append(f"{name} is missing")
            case "value_error":
                clauses.append(str(item["ctx"]["error"]))
            case _:
                rule = item["msg"].removeprefix("Input ").replace("should", "must", 1)
                clauses.append(f"{name} = {given} is not allowed: it {rule}")
    if len(errors) > _MOST_CLAUSES:
        clauses.append(f"and {len(errors) - _MOST_CLAUSES} more")
    return "; ".join(clauses)


def shown(value: object) -> str:
    """Return a value as a message shows it: on one line, and cut in the middle if it is long."""
    try:
        return printable(" ".join(_REPR.repr(value).split()))
    except Exception:  # the value's own code runs here, and an integer of 5,000 digits has no text
        return f"<{type(value).__name__} that cannot be shown>"


def named(text: str) -> str:
    """Return a name as a message shows it, printable and cut in the middle if it is long: it may come from a file."""
    name = printable(text)
    return name if len(name) <= 80 else f"{name[:40]}...{name[-37:]}"


def printable(text: str) -> str:
    """Return a text with line breaks and control characters written as escapes: it may come from a file."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def instance(name: str, value: Thing, kind: type[Thing]) -> Thing:
    """Return the value if it is of the kind that an argument needs, or raise `ValueError`."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} = {shown(value)} is not allowed: it must be a {kind.__name__}")
    return value


def row(name: str, value: object, kind: str) -> Sequence[Any]:
    """Return a value that has a length and an order, or raise `ValueError` that says of what it must be a list."""
    if isinstance(value, str | bytes | dict) or not (hasattr(value, "__len__") and hasattr(value, "__getitem__")):
        raise ValueError(f"{name} = {shown(value)} is not allowed: it must be a list of {kind}")
    return cast(Sequence[Any], value)


def integer(name: str, value: object, least: int, what: str = "") -> int:
    """Return a whole number of at least `least`, or raise `ValueError`; `what` is added to the rule."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} = {shown(value)} is not allowed: it must be an integer >= {least}{what}")
    return int(value)


def word(name: str, value: object, words: Sequence[str]) -> str:
    """Return a value that is one of some words, or raise `ValueError` with the words."""
    if not (isinstance(value, str) and value in words):
        raise ValueError(f"{name} = {shown(value)} is not allowed: it must be {' or '.join(map(repr, words))}")
    return str(value)


def array_of(kinds: str, name: str, value: ArrayLike, what: str) -> NDArray[Any]:
    """Return a new array of numbers of the kinds given, or say why the value is none.

    Parameters
    ----------
    kinds : str
        NumPy's letters of the types allowed, such as "iu" or "iuf".
    name : str
        Of the argument, for the message.
    value : array_like
    what : str
        What is allowed, for the message.

    Returns
    -------
    ndarray
        A copy.

    Raises
    ------
    ValueError
        For ragged lists, words, complex numbers, objects, and other types.
    """
    if np.ma.is_masked(value):
        raise ValueError(f"{name} with masked entries is not allowed: it must be {what}, with none left out")
    try:
        array = np.array(_at_hand(value), order="C")
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{name} = {shown(value)} is not allowed: it must be {what}") from None
    if array.dtype.kind not in kinds:
        given = f"= {shown(value)}" if array.ndim == 0 else f"of type {array.dtype}"
        raise ValueError(f"{name} {given} is not allowed: it must be {what}")
    return array


def _at_hand(value: Any) -> Any:
    """Return a value, or a list of them, with tensors of PyTorch taken from their graph and their device."""
    if isinstance(value, list | tuple):
        return [_at_hand(item) for item in value] if any(hasattr(item, "detach") for item in value) else value
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def reals(name: str, value: ArrayLike) -> Array:
    """Return a new array of finite doubles, or raise `ValueError` as `array_of` does, or with the entry's place."""
    array = array_of("iuf", name, value, "an array of real numbers")
    with np.errstate(over="ignore"):  # what is beyond a double becomes infinite, and is refused
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        bad = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        place = str(list(bad)) if bad else ""
        raise ValueError(f"{name}{place} = {array[bad]} is not allowed: every entry must be finite")
    return array
