"""How a field that was refused is reported: one sentence with the field, the value and what is allowed."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator


class Refusing(BaseModel):
    """A strict, frozen record whose errors are `ValueError`s of one readable sentence a field."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **fields: Any) -> None:
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
        One clause a refused field, joined by semicolons.
    """
    clauses = []
    for item in error.errors():
        name = ".".join(str(part) for part in item["loc"])
        match item["type"]:
            case "extra_forbidden":
                clauses.append(f"unknown field {name} = {item['input']!r}; allowed: {', '.join(model.model_fields)}")
            case "missing":
                clauses.append(f"{name} is missing")
            case "value_error":
                clauses.append(str(item["ctx"]["error"]))
            case _:
                rule = item["msg"].removeprefix("Input ").replace("should", "must", 1)
                clauses.append(f"{name} = {item['input']!r} is not allowed: it {rule}")
    return "; ".join(clauses)


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
    try:
        array = np.array(value, order="C")
    except (TypeError, ValueError):
        raise ValueError(f"{name} = {value!r} is not allowed: it must be {what}") from None
    if array.dtype.kind not in kinds:
        given = f"= {value!r}" if array.ndim == 0 else f"of type {array.dtype}"
        raise ValueError(f"{name} {given} is not allowed: it must be {what}")
    return array
