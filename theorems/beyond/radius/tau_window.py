"""The smallest radius that prevents noise learning.

Statement
---------
With equal slopes, `B SNR^2 << 1` and Bm active pairs in a batch (the start) the smallest radius that prevents noise
learning is `max <w, xi> sqrt(Bm) / (sigma_p sqrt(d))`, the maximum over own-class pairs: exponents 1/2 in B and m, -1
in sigma_p, -1/2 in d, 1 in `max <w, xi>`, 0 in P-1. What `max <w, xi>` is: the start,
`sqrt(2 log(mn)) sigma_0 sigma_p sqrt(d)`, or what one step adds, `|l'| eta (P-1) sigma_p^2 d/(Bm)`, if that is more
and cross terms push some pair over zero; then the radius has exponent 1 in eta. The paper's radius has exponent 1 in
m: it is sufficient, not tight.

Hypotheses
----------
None is asked for.

Proof idea
----------
`sharp_deactivation`; in its N the part of mu is `(1-2p)^2 B SNR^2/2` of that of noise.
*Why a contour.* A pair that is switched off rests and stays within reach; the class that is not its own dies in a few
steps, so N falls. A pair that is not gains a step, leaves the reach, and learns as under SGD. So noise learned by `T_1`
falls from SGD's to nothing where the reach passes the largest product.
*Finite sizes.* In natural units sigma_p and P - 1 drop out of training altogether, so their exponents are identities.
d enters through lengths and products of the noise only, which are those of d to infinity up to `d^{-1/2}`; the start
through the outputs, `|l'| = 1/2 - y f/4 + ..`, so up to an order of sigma_0. These two corrections are fitted.

Source
------
This suite.
"""

from dynamics.units import regime
from theorems.beyond.radius.smallest import against, by_start, by_step, natural, smallest_radius
from theorems.ladders import ladder
from theorems.statement import Finite, Ladder, scaling

_OVERLAP = Finite("10_tau_window", correction=-0.5)
"""Lengths and products of the noise are those of d to infinity up to `d^(-1/2)`; nothing else knows of d."""
_OUTPUT = Finite("10_tau_window", correction=1.0)
"""The slopes at the start are those of zero outputs up to an order of the start."""


def in_m(exponent: float) -> Ladder:
    """Return the ladder in m with this exponent predicted."""
    return against("m", "m", (8, 16, 32, 64, 128), exponent)


def in_B(exponent: float) -> Ladder:
    """Return the ladder in B with this exponent predicted."""
    return against("B", "B", (4, 8, 16, 32, 64), exponent, n=64, m=20)


def in_d(exponent: float) -> Ladder:
    """Return the ladder in d with this exponent predicted."""
    return against("d", "d", (10**13, 3 * 10**13, 10**14, 3 * 10**14, 10**15), exponent, _OVERLAP)


_START, _ETA = natural(), regime(n=20, d=10**6, m=20, mu_norm=63.0, B=20, step=0.1, start=0.001)
STARTS = tuple(_START.sigma_0 * factor for factor in (0.15, 0.3, 0.6, 1.2, 2.4))
ETA = tuple(_ETA.eta * factor for factor in (0.5, 0.8, 1.3, 2.0, 3.2))
BY_START, BY_STEP = "radius against max <w,xi>, set by the start", "radius against eta, max <w,xi> set by one step"

STATEMENT = scaling(
    in_m(0.5),
    in_B(0.5),
    in_d(-0.5),
    against("sigma_p", "sigma_p", (0.1, 0.3, 1.0, 3.0, 10.0), -1.0),
    against("P-1", "P-1", (1, 2, 4, 8, 16), 0.0),
    ladder(BY_START, _START, "sigma_0", STARTS, by_start, smallest_radius, 1.0, _OUTPUT),
    ladder(BY_STEP, _ETA, "eta", ETA, by_step, smallest_radius, 1.0),
    predicts="smallest radius = max <w,xi> sqrt(Bm) / (sigma_p sqrt(d)), not m sqrt(B) / (P sigma_p sqrt(d))",
    formula=r"\tau_*=\max\langle w,\xi\rangle\,\sqrt{Bm}\,/\,(\sigma_p\sqrt d)",
    uses=("sharp_deactivation",),
    replicas=(32, 60),
    controls={
        "the paper's exponent 1 in m": in_m(1.0),
        "m sqrt(B) turned round: exponent 1 in B": in_B(1.0),
        "no dependence on d": in_d(0.0),
    },
)
