"""Too large a radius unlearns the noise of the other class.

Statement
---------
With full batches the mean of `-rho_under` over the pairs of the other class is `c (P-1) tau sigma_p / sqrt(m)` once
that exceeds a step, `c = 1/(2 sqrt(pi)) = 0.28` to leading order. So the radius at which it is 2 has the exponents
1/2 in m, -1 in sigma_p (and in P-1, by symmetry), and 0 in d.

Hypotheses
----------
None is asked for; full batches. (With mini-batches a pair is pushed below the largest of the ascents of many batches,
and c is larger: up to 1.9 in a pilot run.)

Proof idea
----------
After a few steps the only pairs that are active at W are own-class pairs, about `Bm/2` of them. The ascent moves
another product `<w_jr, xi_k>` through cross terms only, by
`tau sum_{i active} <xi_i, xi_k> / (sigma_p sqrt(d) sqrt(Bm/2))`, a centred normal of deviation
`E = tau sigma_p / sqrt(2m)` (B/4 own active samples a filter). A pair of the other class is trained until
`<w + eps, xi_k> < 0`: where its shift is positive it goes down to minus the shift, so the mean of `-rho_under/(P-1)`
is `E / sqrt(2 pi)`, whatever d and B are. An own-class pair goes up only until it is above zero, where the reach stops
it.

Source
------
This suite.
"""

from theorems.beyond.radius.largest import against, below, radius_of_unlearning, unlearning
from theorems.statement import Finite, Ladder, scaling

M, D, SIGMA = (4, 8, 16, 32, 64), (10_000, 20_000, 40_000, 80_000, 160_000), (0.1, 0.3, 1.0, 3.0, 10.0)


def in_m(exponent: float) -> Ladder:
    """Return the ladder in m with this exponent predicted."""
    worlds = [unlearning(below(0.5, 10_000, n=40, m=m)) for m in M]
    return against("radius of unlearning against m", M, worlds, radius_of_unlearning, exponent)


IN_SIGMA = [unlearning(below(0.5, 20_000, sigma_p=sigma_p)) for sigma_p in SIGMA]
IN_D = [unlearning(below(0.35, d)) for d in D]

STATEMENT = scaling(
    in_m(0.5),
    against("radius of unlearning against sigma_p", SIGMA, IN_SIGMA, radius_of_unlearning, -1.0),
    against(
        "radius of unlearning against d", D, IN_D, radius_of_unlearning, 0.0, Finite("10_tau_window", correction=-0.5)
    ),
    predicts="rho_under ~ (P-1) tau sigma_p / sqrt(m), whatever d is",
    formula=r"-\underline\rho \sim (P-1)\,\tau\,\sigma_p/\sqrt m",
    replicas=(60, 80),
    controls={"exponent 1 in m": in_m(1.0)},
)
