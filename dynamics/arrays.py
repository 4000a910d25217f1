"""What every array of this suite has in common: its type, and the order of its first axis."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SIGNS: Array = np.array([1.0, -1.0])
"""The sign `j` of the second layer, in the order of the first axis of `w0`, `gamma` and `rho`."""
SIGNS.flags.writeable = False
