"""SGD's test error is one function of the distance from its boundary.

Statement
---------
With `z = ||mu|| (n/d)^{1/4} / ((P-1) sigma_p)`, SGD's test error is `p + (1-2p) P(psi(u_+) - psi(u_-) > t)`, `t =
(1-2p) L z^2 / sqrt(2 S)`: L, S and psi are ends of the mean-field path (`mean_field`), for any z, and no constant is
left to choose. At finite n the counts of the draw stand in the place of their means (`curve`). Read backwards, a
measured test error says which z it belongs to, and that is the true one to a twentieth: at errors from 0.3 to 0.02
above p, along d and n, and for p up to 0.2. (Towards p = 1/2 it falls short: by 0.06 at p = 0.4.)

Hypotheses
----------
None is asked for: start and learning rate are in natural units. `n SNR^2 = z^2 sqrt(n/d)` small.

Proof idea
----------
As for `constant_c3`, with the shares of the mean-field path in the place of uniform ones. What is left at finite size:
a draw whose classes have other counts memorises with other variances and learns `c_j - f_j` in the place of `(1-2p)
n/2`, the largest effect, of relative size `sqrt(2/n)`; m filters do not average their own noise away, of order 1/m.

Source
------
This suite. Theorem 3.2 of the paper has the two ends, `C_1` and `C_3`; `constant_c1` and `constant_c3` are points.
"""

from dynamics import Phase, Setting
from dynamics.units import natural
from theorems.beyond.constants import mean_field
from theorems.beyond.constants.constant_c3 import unit
from theorems.beyond.constants.curve import counts, halves, placed
from theorems.boundary import SGD_BASE
from theorems.ladders import constant_on
from theorems.overfitting import EPSILON
from theorems.statement import Ladder, Observations, Quantity, World, scaling

STEP, START = 0.3, 0.1
BASE = SGD_BASE.replace(n=80, B=80, d=10**8)
Z = (0.5, 0.75, 1.0, 1.25, 1.5)
D = (10**6, 10**7, 10**8, 10**9, 10**10)
N = (40, 60, 90, 135, 200)
FLIPS = (0.02, 0.04, 0.07, 0.12, 0.2)


def solved() -> mean_field.MeanField:
    """Return the mean-field path of the worlds of this statement."""
    return mean_field.solve(STEP, START, EPSILON)


def ratio(observations: Observations) -> float:
    """Return the z of the measured test error, over the true one."""
    (o,) = observations
    return placed(o, solved())


def no_flips(observations: Observations) -> float:
    """Return the same, as if the flipped samples had been learned as the others are."""
    (o,) = observations
    (c_1, f_1), (c_0, f_0) = counts(o)
    return placed(o, solved(), ((c_1 + f_1, 0), (c_0 + f_0, 0)))


def only_half(observations: Observations) -> float:
    """Return the same, as if half of the filters memorised a sample."""
    (o,) = observations
    return placed(o, halves())


def world(s: Setting, z: float) -> World:
    """Return the world of SGD to the accuracy asked for, at this distance from the boundary."""
    t = natural(s, STEP, START).replace(mu_norm=z * unit(s))
    return World(t, (Phase("sgd", 20_000),), record_every=10**7, tol=EPSILON, test_samples=6_000)


def _level(name: str, rungs: list[tuple[float, World]], quantity: Quantity = ratio) -> Ladder:
    """Return the ladder of a ratio that is to be 1 up to a twentieth."""
    return constant_on(name, [(value, (world,)) for value, world in rungs], quantity, 1.0, within=0.05)


_ALONG_Z = [(z, world(BASE, z)) for z in Z]
_ALONG_P = [(p, world(BASE.replace(p=p), 1.0)) for p in FLIPS]

STATEMENT = scaling(
    _level("z of the test error over z, along z", _ALONG_Z),
    _level("z of the test error over z, along d", [(float(d), world(BASE.replace(d=d), 1.0)) for d in D]),
    _level("z of the test error over z, along n", [(float(n), world(BASE.replace(n=n, B=n), 1.0)) for n in N]),
    _level("z of the test error over z, along p", _ALONG_P),
    predicts="SGD's test error is a derived function of z = ||mu|| (n/d)^(1/4) / ((P-1) sigma_p), to a twentieth in z",
    formula=r"\mathbb{P}(yf<0)=p+(1-2p)\,\mathbb{P}\bigl(\psi(u_+)-\psi(u_-)>t\bigr),"
    r"\quad t=(1-2p)\,\frac{L\,z^2}{\sqrt{2S}}",
    replicas=(16, 60),
    uses=("active_share",),
    controls={
        "half of the filters memorise": _level("along z, half of the filters", _ALONG_Z, only_half),
        "flips that speak for the signal": _level("along p, flips forgotten", _ALONG_P, no_flips),
    },
)
