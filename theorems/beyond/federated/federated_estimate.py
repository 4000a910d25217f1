"""How far from the truth an estimated global ascent may be, and that the last round's change is too far.

Statement
---------
Let a share e of the ascent's squared length be an error in a random direction of the span of `mu, xi_1, .., xi_n`, new
in each round. The share at which the test error of sorted clients passes p + 0.1 is that at which

    R sqrt(1-e) int_0^1 du / Phi(-u sqrt(2(1-e)/e)) = f / (2 n SNR^2),    R = tau sigma_p sqrt(d/(nm)) :

f the share of the stage that teaches as much signal as p + 0.1 asks for. The measured one over it is constant along
d, and 1 up to a factor of 1.4. If the ascent is the change of the last round backwards, the contour
`test error = p + 0.1` follows `||mu|| ~ d^{1/4}`, as SGD's does.

Hypotheses
----------
None is asked for: start and learning rate are in natural units, the radius is that of Theorem 4.1 for batches of n.

Proof idea
----------
A filter of a sample's class that is off at W is lifted by the error in every second round, and learns: soon all m of
them are on at W, and share the ascent of n m pairs, while the error has 2m(n+1) directions. Such a filter stays on at
`W + eps` if the error lifts `<w, xi_i>` by more than the rest lowers it: with probability
`q(x) = Phi(-sqrt(2) cot(theta) (1 - x/(R cos(theta))))`, `sin(theta)^2 = e`, once it has learned x. So x grows like
`q(x)` times SGD's rate until the ascent does not reach it; the gap is kept if that takes longer than the signal takes
to come to the contour's `gamma` (part 5 of `09_theorem_and_gap`), a share f of the stage, in the whole of which SGD's x
would grow by `1/(2 n SNR^2)`. The sign of `<eps, mu>` needs no threshold: it is the same at all clients
(`federated_global`). The change of a round holds the noise of a sample only where its filters were on; where they were
off they are on in the next round: every second round is SGD.

Source
------
This suite; a heuristic to leading order, in notebook 17. The estimate is that of Fan et al. (ICML 2024,
arXiv:2405.18890), with all clients in each round.
"""

import math
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtri

from dynamics import Setting
from dynamics.units import regime
from theorems.beyond.federated.clients import SMALL, world
from theorems.boundary import contour
from theorems.condition import tau_paper, threshold_sgd
from theorems.ladders import constant, first_time, ladder
from theorems.overfitting import EPSILON, HARM
from theorems.sgd.sgd_boundary import IN_D
from theorems.statement import Ladder, Observations, Quantity, World, scaling

BASE = regime(n=40, d=10**6, m=10, mu_norm=4.0, B=4)
SIZES = (10_000, 14_000, 20_000, 28_000, 40_000)
LARGE = (40_000, 100_000, 250_000, 630_000, 1_600_000)
TIMES = (0.6, 1.0, 1.4, 2.0)


def signal_needed(s: Setting) -> float:
    """Return the share of what the stage teaches, `(1/2 - p)/2`, at which the test error will be p + 0.1."""
    across = s.sigma_p * (s.P - 1) / s.mu_norm
    memorised = -math.log(math.expm1(EPSILON))  # the margin at the loss asked for
    gamma = memorised * math.sqrt(s.n / s.d) / math.sqrt(1 / ndtri(HARM / (1 - 2 * s.p)) ** 2 - across**2)
    return min(1.0, gamma / ((0.5 - s.p) / 2))


def bearable_error(s: Setting) -> float:
    """Return the share e of the statement, at the radius of Theorem 4.1 for batches of n."""
    reach = tau_paper(s.replace(B=s.n)) * s.sigma_p * math.sqrt(s.d / (s.n * s.m))
    u = (np.arange(400) + 0.5) / 400

    def lasts(e: float) -> float:
        """Return the logarithm of the left-hand side over the right-hand side."""
        waits = -log_ndtr(-u * math.sqrt(2 * (1 - e) / e))
        mean = float(np.logaddexp.reduce(waits)) - math.log(len(u))
        return mean + math.log(reach * math.sqrt(1 - e) * 2 * s.n * s.snr**2 / signal_needed(s))

    return float(brentq(lasts, 1e-3, 1 - 1e-9))


def _errors(s: Setting) -> tuple[World, ...]:
    return tuple(world(s, "global_sam", 2, 1.0, error=times * bearable_error(s)) for times in TIMES)


def borne(observations: Observations) -> float:
    """Return the share of error at which the test error passes p + 0.1."""
    shares = [o.world.phases[0].error or 0.0 for o in observations]
    return first_time(shares, [o.tested.value for o in observations], observations[0].world.setting.p + HARM)


def along_d(quantity: Quantity) -> Ladder:
    """Return the ladder of the share of error that is borne; one that did not know of d would drift by a sixth."""
    made = constant("error borne along d", SMALL, "d", SIZES, _errors, quantity, 1.0, 0.4)
    return replace(made, neighbours=(-1 / 6, 1 / 6))


def _over_derived(observations: Observations) -> float:
    return borne(observations) / bearable_error(observations[0].world.setting)


def _of_length(observations: Observations) -> float:
    """Return the same with the error's share of the length."""
    return math.sqrt(borne(observations)) / bearable_error(observations[0].world.setting)


def _around(s: Setting) -> tuple[World, ...]:
    centre = threshold_sgd(s) * (s.P - 1) / s.P
    return tuple(world(s.replace(mu_norm=centre * c), "estimated_sam", 2, 1.0) for c in (0.7, 1.0, 1.4, 2.0))


STATEMENT = scaling(
    along_d(_over_derived),
    ladder("ascent of the last round", BASE, "d", LARGE, _around, contour, 0.25, IN_D),
    predicts="share of error in a global ascent that is borne, over that derived: 1; last round's change: d^(1/4)",
    formula=r"R\sqrt{1-e}\int_0^1\!\frac{du}{\Phi(-2u\sqrt{(1-e)/e})}=\frac{f}{2n\,\mathrm{SNR}^2}",
    uses=("federated_global",),
    replicas=(20, 60),
    controls={"a share of the length, not of its square": along_d(_of_length)},
)
