"""One experiment's fixed numbers: the data model of Definition 2.1 and the training of Section 2.2."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from dynamics.activation import Activation, activation
from dynamics.files import read_toml
from dynamics.validation import Refusing, named

Count = Annotated[int, Field(ge=1, le=2**53)]  # exact as a float


class Setting(Refusing):
    """All parameters of the data, the network and the optimiser; frozen and checked.

    Parameters
    ----------
    n : int
        Number of training samples.
    d : int
        Dimension of a patch.
    m : int
        Filters per sign of the second layer, so `2 m` in all.
    P : int
        Patches per input, at least 2: one carries the signal, `P - 1` carry the same noise.
    mu_norm : float
        Length of the signal `mu`; in the units of `sigma_p * sqrt(d)`, the length of a noise patch.
    sigma_p : float
        Standard deviation of each coordinate of a noise patch.
    p : float
        Probability that an observed label is flipped, `0 <= p < 1/2`.
    sigma_0 : float
        Standard deviation of each coordinate of an initial filter; in the units of `1 / sigma_p`.
    B : int
        Batch size; divides `n`, so that no batch of an epoch is short.
    eta : float
        Learning rate; in the units of `1 / sigma_p**2`.
    activation : str
        "relu", as in the paper; "leaky_relu(a)", whose slope below (and at) zero is a; or "relu^q".

    Raises
    ------
    ValueError
        If a field is unknown, missing, of the wrong type, or outside its range; the message names
        the field, the value and what is allowed.

    Notes
    -----
    Source: Definition 2.1 and Section 2.2 of the paper. `mu_norm = 0` (no signal) and `sigma_0 = 0`
    (dead filters, since the derivative of relu at zero is taken as 0) are allowed: both are useful
    controls.

    Examples
    --------
    >>> s = Setting(n=20, d=2000, m=10, P=2, mu_norm=4.0, sigma_p=1.0, p=0.1, sigma_0=1e-3, B=10, eta=0.01)
    >>> s.H, round(s.snr, 4)
    (2, 0.0894)
    """

    n: Count
    d: Count
    m: Count
    P: Annotated[Count, Field(ge=2)]
    mu_norm: Annotated[float, Field(ge=0)]
    sigma_p: Annotated[float, Field(gt=0)]
    p: Annotated[float, Field(ge=0, lt=0.5)]
    sigma_0: Annotated[float, Field(ge=0)]
    B: Count
    eta: Annotated[float, Field(gt=0)]

    activation: str = "relu"

    @field_validator("activation")
    @classmethod
    def _known_activation(cls, name: str) -> str:
        activation(name)
        return name

    @model_serializer(mode="wrap")
    def _without_the_usual(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = dump(self)  # files of the paper's network stay as they are
        return {name: value for name, value in fields.items() if (name, value) != ("activation", "relu")}

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return list(self.model_dump().items())

    @property
    def phi(self) -> Activation:
        """The activation, as a function with its derivative."""
        return activation(self.activation)

    @model_validator(mode="after")
    def _batch_size_divides_n(self) -> Self:
        if self.n % self.B:
            lower, upper = (
                next((k for k in way if self.n % k == 0), self.n)
                for way in (range(min(self.B, self.n), 0, -1), range(self.B, self.n))
            )
            raise ValueError(
                f"B = {self.B} is not allowed: it must divide n = {self.n}, since no batch is short; "
                f"{f'{lower} or {upper} do' if lower < upper else f'{upper} does'}"
            )
        return self

    @property
    def H(self) -> int:
        """Batches per epoch, `n / B`."""
        return self.n // self.B

    @property
    def snr(self) -> float:
        """Signal-to-noise ratio, `||mu|| / ((P-1) sigma_p sqrt(d))`."""
        return self.mu_norm / ((self.P - 1) * self.sigma_p * math.sqrt(self.d))

    def replace(self, **changes: Any) -> "Setting":
        """Return a checked copy with some fields changed."""
        return Setting(**(self.model_dump() | changes))


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
    content = read_toml(path)
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
