"""The activation of the network: relu, or one that leaks, or a power of it, each with its derivative at zero."""

import re
from dataclasses import dataclass
from functools import cache

import numpy as np

from dynamics.arrays import Array
from dynamics.validation import shown

_LEAKY, _POWER = re.compile(r"leaky_relu\(([0-9.e+-]+)\)"), re.compile(r"relu\^([0-9.e+-]+)")


@dataclass(frozen=True)
class Activation:
    """`phi(z) = z^power` for `z > 0`, and `leak z` below; `phi'(0) = leak`, as for relu, whose derivative at 0 is 0.

    Attributes
    ----------
    leak : float
        Slope below zero, from 0 to 1; 0 unless `power` is 1.
    power : float
        At least 1.
    """

    leak: float = 0.0
    power: float = 1.0

    @property
    def is_relu(self) -> bool:
        """Whether it is the paper's."""
        return self.leak == 0 and self.power == 1

    def value(self, z: Array) -> Array:
        """Return `phi(z)`."""
        rectified: Array = np.maximum(z, 0)
        if self.power != 1:
            rectified = rectified**self.power
        return rectified + self.leak * np.minimum(z, 0) if self.leak else rectified

    def slope(self, z: Array) -> Array:
        """Return `phi'(z)`; for relu itself the mask `z > 0`."""
        if self.power != 1:
            return self.power * np.maximum(z, 0) ** (self.power - 1)
        return np.where(z > 0, 1.0, self.leak) if self.leak else np.asarray(z > 0)


@cache
def activation(name: str) -> Activation:
    """Return the activation of a name: "relu", "leaky_relu(a)" with 0 <= a <= 1, or "relu^q" with q >= 1.

    Raises
    ------
    ValueError
        For another name.
    """
    try:
        if name == "relu":
            return Activation()
        leaky, power = _LEAKY.fullmatch(name), _POWER.fullmatch(name)
        if leaky and 0 <= float(leaky[1]) <= 1:
            return Activation(leak=float(leaky[1]))
        if power and 1 <= float(power[1]) <= 10:
            return Activation(power=float(power[1]))
    except ValueError:
        pass
    raise ValueError(
        f"activation = {shown(name)} is not allowed: it must be 'relu', 'leaky_relu(a)' with 0 <= a <= 1, or 'relu^q' "
        "with 1 <= q <= 10"
    )
