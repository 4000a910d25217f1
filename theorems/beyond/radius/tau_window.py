"""The smallest radius that prevents noise learning.

Statement
---------
*Sharp deactivation.* Let k be in the batch, `j = y_k` and `<w_jr, xi_k> > 0`. Then
`-<eps_jr, xi_k> = (1 + e) tau |l'_k| ||xi_k||^2 / N`, `|e| <= delta_1`, where
`N^2 = sum_{i in I} l'_i^2 a_i ||xi_i||^2 + ||mu||^2/(P-1)^2 sum_jr c_jr^2`, `a_i` is how many filters of both classes
are active on xi_i, `c_jr = sum_{i in I} l'_i y_i y_hat_i 1(<w_jr, y_hat_i mu> > 0)`, and `delta_1` is as small as the
overlap of the noise. So the pair is switched off if `tau > (1 + 2 delta_1) <w_jr, xi_k> N / (|l'_k| ||xi_k||^2)` and
not if `tau < (1 - delta_1)` times that.

*Lower end of the window.* With equal slopes, `B SNR^2 << 1` and Bm active pairs in a batch (the start) the smallest
radius that prevents noise learning is `max <w, xi> sqrt(Bm) / (sigma_p sqrt(d))`, the maximum over own-class pairs:
exponents 1/2 in B and m, -1 in sigma_p, -1/2 in d, 1 in `max <w, xi>`, 0 in P-1. What `max <w, xi>` is: the start,
`sqrt(2 log(mn)) sigma_0 sigma_p sqrt(d)`, or what one step adds, `|l'| eta (P-1) sigma_p^2 d/(Bm)`, if that is more
and cross terms push some pair over zero; then the radius has exponent 1 in eta. The paper's radius has exponent 1 in
m: it is sufficient, not tight.

Hypotheses
----------
The first part: those of `deactivation` (slopes in [1/4, 3/4]). The ladders ask for nothing.

Proof idea
----------
`<grad_jr, xi_k> (Bm)/(P-1)` is `l'_k ||xi_k||^2` plus B - 1 cross terms and one of mu, relative to it at most
`nu = 12 (B-1) sqrt(L/d) + 6 B ||mu|| sqrt(2L')/((P-1) sigma_p d)`, as `|l'_i| <= 3 |l'_k|`. By Gershgorin on unit
vectors `||grad||_F^2 (Bm)^2/(P-1)^2` is `N^2` up to the factor `1 +- kappa`, `kappa = 4 B sqrt(L/d)`. So
`delta_1 = (1 + nu)/sqrt(1 - kappa) - 1`; P - 1 cancels. In N the part of mu is `(1-2p)^2 B SNR^2/2` of that of noise.
*Why a contour.* A pair that is switched off rests and stays within reach; the class that is not its own dies in a few
steps, so N falls. A pair that is not gains a step, leaves the reach, and learns as under SGD. So noise learned by `T_1`
falls from SGD's to nothing where the reach passes the largest product.

Source
------
This suite.
"""

from collections.abc import Sequence

import numpy as np

from dynamics import Phase, Setting
from dynamics.replay import replay
from theorems.condition import t1_epochs
from theorems.ladders import crossing, ladder
from theorems.sam import deactivation
from theorems.statement import Control, Inequalities, Ladder, Observation, Observations, Statement, World, worst
from theorems.worlds import regime

SHARE = 0.1
"""Noise is prevented where the largest rho_bar at T_1 is at most this share of SGD's."""


def tolerance(s: Setting, delta: float) -> float:
    """Return `delta_1`, the relative error of the shift; infinite where the noise overlaps too much."""
    L, L1 = np.log(6 * s.n**2 / delta), np.log(6 * s.n / delta)
    kappa = 4 * s.B * np.sqrt(L / s.d)
    nu = 12 * (s.B - 1) * np.sqrt(L / s.d) + 6 * s.B * s.mu_norm * np.sqrt(2 * L1) / ((s.P - 1) * s.sigma_p * s.d)
    return float((1 + nu) / np.sqrt(1 - kappa) - 1) if kappa < 1 else float("inf")


def claim(o: Observation, power: float = 1.0) -> Inequalities:
    """Compare the shifts of active own-class pairs with `tau |l'_k| ||xi_k||^2 / N`; a control takes N to a `power`."""
    s, x = o.world.setting, o.sample
    tau, delta_1 = o.world.phases[0].tau or 1.0, tolerance(s, o.world.delta)
    squares, agree = np.einsum("id,id->i", x.xi, x.xi), (x.y * x.y_hat).astype(float)
    ratios = []
    for step in replay(o.trained):
        active = step.noise > 0
        sees = step.signal[..., None] * x.y_hat[step.batch] > 0
        noise = ((step.slope**2 * squares[step.batch]) * active).sum()
        signal = (((step.slope * agree[step.batch]) * sees).sum(-1) ** 2).sum() * s.mu_norm**2 / (s.P - 1) ** 2
        predicted = tau * np.abs(step.slope) * squares[step.batch] / (noise + signal) ** (power / 2)
        own = active & x.own[..., step.batch]
        ratios.append((-step.noise_shift / predicted)[own])
    found = np.concatenate(ratios)
    return (
        worst("-<eps,xi_k> N / (tau |l'_k| ||xi_k||^2)", found, ">=", 1 - delta_1),
        worst("-<eps,xi_k> N / (tau |l'_k| ||xi_k||^2), from above", found, "<=", 1 + delta_1),
    )


def largest_product(o: Observation) -> float:
    """Return the largest `<w_jr(0), xi_i>` with `j = y_i`."""
    x = o.sample
    return float(np.where(x.own, x.w0 @ x.xi.T, -np.inf).max())


def _learned(o: Observation) -> float:
    return float(np.where(o.sample.own, o.trained.rho[-1], 0.0).max())


def smallest_radius(observations: Observations) -> float:
    """Return where the noise learned by `T_1`, over SGD's, falls through `SHARE`.

    From SGD's observation, then those of SAM by growing radius.
    """
    sgd, *sam = observations
    taus = [o.world.phases[0].tau or 0.0 for o in sam]
    return crossing(taus, [_learned(o) / _learned(sgd) for o in sam], SHARE)


def radius_per_product(observations: Observations) -> float:
    """Return the smallest radius over the largest own-class product at the start."""
    return smallest_radius(observations) / largest_product(observations[0])


def worlds(s: Setting, centre: float, rule: str = "sam") -> tuple[World, ...]:
    """Return SGD's world, and those of SAM with radii from a third of `centre` to three times it, for `T_1` epochs."""
    epochs = t1_epochs(s)
    phases = [Phase("sgd", epochs)] + [Phase("sam", epochs, tau=centre * 1.26**k) for k in range(-5, 6)]
    return tuple(World(s, (phase,), record_every=10**9) for phase in phases)


def by_start(s: Setting) -> tuple[World, ...]:
    """Return the worlds of a rung on which the start puts the largest product, 3.4 standard deviations or so."""
    return worlds(s, 3.4 * s.sigma_0 * np.sqrt(s.B * s.m))


def by_step(s: Setting) -> tuple[World, ...]:
    """Return the worlds of a rung on which one step of slope 1/2 puts the largest product."""
    return worlds(s, 0.5 * s.eta * (s.P - 1) * s.sigma_p * np.sqrt(s.d / (s.B * s.m)))


def natural(**sizes: float) -> Setting:
    """Return a setting with `n SNR^2 = 0.08`, so that `T_1` is 25 epochs on every rung: enough for SGD.

    The standard deviation of `(P-1) <w(0), xi>` is 0.15, and a step puts more than the start.
    """
    fields = {"n": 20, "m": 40, "B": 20, "d": 10**15, "P": 2, "sigma_p": 1.0} | sizes
    mu_norm = np.sqrt(0.08 * fields["d"] / fields["n"]) * (fields["P"] - 1) * fields["sigma_p"]
    return regime(**fields, mu_norm=float(mu_norm), p=0.05, step=0.5, start=0.15)  # type: ignore[arg-type]


def _ladder(
    name: str, parameter: str, values: Sequence[float], exponent: float, within: float, **sizes: float
) -> Ladder:
    settings = [natural(**sizes | {"P" if parameter == "P-1" else parameter: v + (parameter == "P-1")}) for v in values]
    rungs = tuple((float(v), by_start(s)) for v, s in zip(values, settings, strict=True))
    return Ladder(f"radius against {name}", rungs, radius_per_product, exponent - within, exponent + within, exponent)


def in_m(exponent: float) -> Ladder:
    """Return the ladder in m with this exponent predicted."""
    return _ladder("m", "m", (8, 16, 32, 64, 128), exponent, 0.1)


def in_B(exponent: float) -> Ladder:
    """Return the ladder in B with this exponent predicted."""
    return _ladder("B", "B", (4, 8, 16, 32, 64), exponent, 0.1, n=64, m=20)


def in_d(exponent: float) -> Ladder:
    """Return the ladder in d with this exponent predicted."""
    return _ladder("d", "d", (10**13, 3 * 10**13, 10**14, 3 * 10**14, 10**15), exponent, 0.05)


_STARTS = natural()
_STEPS = regime(n=20, d=10**6, m=20, mu_norm=63.0, B=20, step=0.1, start=0.001)

STATEMENT = Statement(
    kind="scaling",
    formula=r"\tau_*=\max\langle w,\xi\rangle\,\sqrt{Bm}\,/\,(\sigma_p\sqrt d),\qquad "
    r"-\langle\epsilon_{j,r},\xi_k\rangle=(1+o(1))\,\tau\,|\ell'_k|\,\|\xi_k\|^2/N",
    predicts="smallest radius = max <w,xi> sqrt(Bm) / (sigma_p sqrt(d)), not m sqrt(B) / (P sigma_p sqrt(d))",
    hypotheses=deactivation.hypotheses,
    claim=claim,
    worlds=deactivation.WORLDS[1:],
    draws={"quick": 1, "full": 4},
    ladders=(
        in_m(0.5),
        in_B(0.5),
        in_d(-0.5),
        _ladder("sigma_p", "sigma_p", (0.1, 0.3, 1.0, 3.0, 10.0), -1.0, 0.05),
        _ladder("P-1", "P-1", (1, 2, 4, 8, 16), 0.0, 0.05),
        ladder(
            "radius against max <w,xi>, set by the start",
            _STARTS,
            "sigma_0",
            tuple(_STARTS.sigma_0 * factor for factor in (0.15, 0.3, 0.6, 1.2, 2.4)),
            by_start,
            smallest_radius,
            1.0,
            within=0.1,
        ),
        ladder(
            "radius against eta, max <w,xi> set by one step",
            _STEPS,
            "eta",
            tuple(_STEPS.eta * factor for factor in (0.5, 0.8, 1.3, 2.0, 3.2)),
            by_step,
            smallest_radius,
            1.0,
            within=0.2,
        ),
    ),
    replicas={"quick": 12, "full": 60},
    controls=(
        Control("the paper's exponent 1 in m", worlds=(), ladders=(in_m(1.0),)),
        Control("m sqrt(B) turned round: exponent 1 in B", worlds=(), ladders=(in_B(1.0),)),
        Control("no dependence on d", worlds=(), ladders=(in_d(0.0),)),
        Control(
            "N^2 in the place of N", claim=lambda o: claim(o, power=2.0), worlds=deactivation.WORLDS[1:2], ladders=()
        ),
    ),
)
