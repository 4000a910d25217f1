"""Noise-aligned filters are switched off.

Statement
---------
In the SAM stage, if `k` is in the batch, `j = y_k` and `<w_jr, xi_k> > 0`, then `<w_jr + eps_jr, xi_k> < 0`;
quantitatively `-<eps_jr, xi_k> >= c tau sigma_p sqrt(d) / sqrt(Bm)`, where
`c = ((P-1)/P) (1/(4 sqrt(2))) [1/4 - 4 (B-1) sqrt(L/d) - 2 B ||mu|| sqrt(2 L') / ((P-1) sigma_p d)]`.

Hypotheses
----------
Those of `gradient_norm`; outputs small enough that `|l'| >= 1/4` (`|f| <= log 3`); and a radius with
`c tau sigma_p sqrt(d) / sqrt(Bm) >= X`, the bound of `<w_jr, xi_k>` in `theorems.sam.stage`. All are explicit in
the setting, and sufficient rather than tight. (The paper says `>= 0`; a product of exactly zero, of probability zero
unless `sigma_0 = 0`, does not show in the gradient, as the derivative of relu at zero is 0.)

Proof idea
----------
A filter that is active on xi_k has the part `(1/(Bm)) l'_k (P-1) xi_k` in its gradient (as `j y_k = 1`), so
`<grad_jr, xi_k> <= -(1/(Bm)) [(P-1) (|l'_k| sigma_p^2 d / 2 - 2 (B-1) sigma_p^2 sqrt(dL))
- B ||mu|| sigma_p sqrt(2L')]`.
Divide by the bound of `||grad||_F` and multiply by tau. The product with `w_jr` is smaller, by induction over steps.

Source
------
Key lemma of the SAM part, paper; constants derived here.
"""

from dataclasses import replace

import numpy as np

from dynamics import Setting
from dynamics.replay import replay
from theorems.concentration.starts import SMALL
from theorems.sam import gradient_norm
from theorems.sam.stage import StageBounds, stage_bounds
from theorems.sgd.decomposition import BUDGET
from theorems.statement import Inequalities, Margins, Observation, World, bound, worst
from theorems.worlds import early_stage, in_the_gap, prevention, sam_stage, sgd_stage


def bounds_of(world: World) -> StageBounds:
    """Return the bounds of the world's first phase."""
    phase = world.phases[0]
    return stage_bounds(world.setting, phase.epochs, phase.tau or 0.0, world.delta)


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the hypotheses."""
    s, bounds, tau = o.world.setting, bounds_of(o.world), o.world.phases[0].tau or 0.0
    reach = bounds.shift * tau * s.sigma_p * np.sqrt(s.d) / np.sqrt(s.B * s.m)
    return dict(gradient_norm.hypotheses(o)) | {
        "1 / (4 n sqrt(log(6n^2/delta) / d))": 1 / bounds.overlap,
        "log 3 / bound of |f|": np.log(3) / bounds.output,
        "radius: c tau sigma_p sqrt(d) / sqrt(Bm) / bound of <w,xi>": reach / bounds.product if reach > 0 else 0.0,
    }


def claim(o: Observation) -> Inequalities:
    """Look at every triple (filter, sample, step) that the lemma speaks of.

    The shift is computed again from the recorded weights; that the coefficient rests is read off the run itself.
    """
    s, x, path = o.world.setting, o.sample, o.trained
    perturbed, shifts, moved = [], [], []
    for k, step in enumerate(replay(path)):
        spoken_of = (step.noise > 0) & x.own[..., step.batch]
        perturbed.append((step.noise + step.noise_shift)[spoken_of])
        shifts.append(-step.noise_shift[spoken_of])
        moved.append(np.abs(path.rho[k + 1] - path.rho[k])[..., step.batch][spoken_of])
    one = s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)
    unit = (o.world.phases[0].tau or 1.0) * s.sigma_p * np.sqrt(s.d) / np.sqrt(s.B * s.m)
    return (
        worst("<w+eps, xi> / (tau sigma_p sqrt(d/(Bm)))", np.concatenate(perturbed) / unit, "<=", 0.0),
        worst("-<eps,xi> / (tau sigma_p sqrt(d/(Bm)))", np.concatenate(shifts) / unit, ">=", bounds_of(o.world).shift),
        worst("what the step adds to rho of these pairs / a step", np.concatenate(moved) / one, "<=", BUDGET),
    )


def _world(s: Setting) -> World:
    return World(s, phases=(sam_stage(s),), record_every="step")


STRONG = (
    _world(prevention(n=100, m=40, B=100)),
    _world(prevention(n=30, m=40, B=10, p=0.1)),
    _world(prevention(n=30, m=120, B=15, P=4, sigma_p=0.2, p=0.0)),
)
_GAP = in_the_gap(B=10, step=0.02)
PREFIX = World(_GAP, (early_stage(_GAP).model_copy(update={"epochs": 400}),), record_every="step")
"""In the gap `T_1` is too long to record: the first 400 epochs, in which SGD would have learned all of the noise."""
WORLDS = (*STRONG, PREFIX)
_small = STRONG[1].phases[0].model_copy(update={"epochs": 200, "tau": 0.002 * (STRONG[1].phases[0].tau or 0.0)})
PAPER = SMALL.replace(d=20_000, mu_norm=10.0)

STATEMENT = bound(
    claim,
    hypotheses,
    predicts="<w+eps, xi_k> < 0 wherever <w, xi_k> > 0; -<eps,xi_k> >= c tau sigma_p sqrt(d/(Bm))",
    formula=r"k\in I,\ j=y_k,\ \langle w_{j,r},\xi_k\rangle > 0 \ \Rightarrow\ "
    r"\langle w_{j,r}+\epsilon_{j,r},\xi_k\rangle < 0,\quad "
    r"-\langle\epsilon_{j,r},\xi_k\rangle \ge c\,\tau\sigma_p\sqrt{d}/\sqrt{Bm}",
    worlds=WORLDS,
    draws=(1, 8),
    uses=("gradient_norm", "noise_norms", "noise_cross", "noise_signal", "init_noise", "coefficient_recursion"),
    controls={
        "0.002 of the radius (0.003 survives)": replace(STRONG[1], phases=(_small,)),
        "SGD in the place of SAM": World(PAPER, phases=(sgd_stage(PAPER),), record_every="step"),
    },
)
