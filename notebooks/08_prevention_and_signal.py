# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Noise prevention and signal learning under SAM
#
# ![Under SAM signal grows while noise stands still](../figures/gallery/race.svg)
#
# In the time in which SGD memorises every sample, SAM learns none of the noise and all of the signal.
#
# *What is certain and what was rebuilt.* The length $T_1=\Theta(mB/(\eta n\|\mu\|^2))$ of the SAM stage, that noise
# stays $o(1)$ in it and that the signal becomes $\Omega(1)$, are certain. The constants were derived here: the half of
# `noise_prevention` that is about SGD (the early time $T'$), and the rates of
# `signal_learning`.
#
# ## What you need to know
#
# - From 07: filters that align with noise are off where SAM takes its gradient.
# - What is off is not learned; the signal is shared by both classes, so that some sample always goes on teaching it.
# - $T_1$ is the time in which the signal could grow to one; SGD memorises all noise long before.
# - The result: at $T_1$ SAM has all of the signal and none of the noise.
#
# ## Statement
#
# Setting, typical start, $L$, $L'$ as in `03_scale_of_coefficients`; $E$, $R$, $X$, $F$, $\Gamma$, $G$, $\beta$ of
# the SAM stage as in `07_norm_and_deactivation`. $T_1=mB/(\eta n\|\mu\|^2)$ epochs,
# $\varsigma=\eta(P-1)^2\sigma_p^2d/(Bm)$ (what one step adds to an active noise coefficient while $\ell'=-1$),
# $\chi=4n\sqrt{L/d}+2n\|\mu\|\sqrt{2L'}/((P-1)\sigma_pd)$.
#
# 1. *SAM.* Under the hypotheses of `deactivation`, $\overline\rho_{jri}\le(P-1)R$ up to $T_1$.
# 2. *SGD.* Let $T'=10/\varsigma$ epochs, every sample have an own filter whose product starts above the cross terms of
#    an epoch, and
#    $$\varepsilon=\sqrt{2\log\tfrac{12m}\delta}\,\sigma_0\|\mu\|+\Gamma'+(P-1)(\beta+G')+\tfrac32\chi\varsigma
#    T',\qquad
#    \frac{\varsigma T'}2\ge1+e^\varepsilon(e-1),\qquad\frac1{1+e^{1+\varepsilon}}\ge2\chi,$$
#    where $\Gamma'$ bounds $\gamma$ up to $T'$ and $G'=\Gamma'\sigma_p\sqrt{2L'}/\|\mu\|$. Then
#    $\max_r\overline\rho_{y_i,r,i}\ge1$ for every $i$ at $T'$, and, as it never falls, at every later time, $T_1$ too.
# 3. *Signal under SAM.* Let $c_{b,s}$, $f_{b,s}$ count the clean and the flipped samples with $\hat y=s$ in batch
#    $b$. Under the hypotheses of `deactivation`, and if $\tau p\le\frac32\varsigma+(P-1)(2\beta+G)$ with the small
#    $p$ of part 3 below, a step with a batch in which $c_{b,s}\ge3f_{b,s}$ for both $s$ adds to every $\gamma_{jr}$,
#    in units of $\eta\|\mu\|^2/m$,
#    $$\text{at least}\ \min_s\bigl(\tfrac14c_{b,s}-f_{b,s}\bigr)/B,\qquad\text{at most}\ \max_sc_{b,s}/B;$$
#    a step with another batch adds at least $-\max_sf_{b,s}/B$; the upper rate holds for every batch.
#
# ## Idea
#
# $T_1$ is the time in which $\gamma$ could grow to one, $T'$ that in which SGD memorises. In the gap
# $T'/T_1=10\,n\,\mathrm{SNR}^2$ is small: SGD has learned all the noise long before there is any signal; SAM never lets
# it start.
# The signal is learned all the while, since *which* samples a filter sees, those with $\hat y=+1$ or those with
# $\hat y=-1$, does not matter: both push $\gamma$ the same way.

# %%
"""Noise prevention, signal learning, benign rate: derivations, and numbers beside them."""

import math

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

from dynamics import Phase, draw
from dynamics.engines.coefficients import Labels, outputs
from dynamics.replay import replay
from theorems.condition import threshold_sgd
from theorems.overfitting import EPSILON, HARM
from theorems.sam import deactivation, noise_prevention, signal_learning
from theorems.statement import Observation, World
from theorems.worlds import prevention, sam_stage, sgd_stage
from verify.observe import observe

n, d, m, B, P, eta, mu, sigma_p, v = sp.symbols("n d m B P eta mu sigma_p v", positive=True)  # mu is the length
SNR = mu / ((P - 1) * sigma_p * sp.sqrt(d))


def same(left, right):
    """Say whether two expressions are equal for positive symbols and P > 1."""
    more = sp.Symbol("more", positive=True)  # P - 1
    return sp.simplify(sp.expand(left - right).subs(P, 1 + more)) == 0


# %% [markdown]
# ## Derivation
#
# ### 1. SAM learns no noise: `noise_prevention`
#
# This is the bound of the coefficients in part 3 of `07_norm_and_deactivation`.
#
# ### 2. SGD learns the noise early: `noise_prevention`
#
# Fix a sample $i$, let $M=\max_r\overline\rho_{y_i,r,i}$, and suppose $M<1$ up to the epoch $T'$.
#
# *The margin is at most $M+\varepsilon$.* It is at most the output of its own class.
#
# - Signal: a step adds at most $\eta\|\mu\|^2/m$ to $\gamma_{jr}$, so it is at most $\Gamma'=T'\frac
#   nB\frac{\eta\|\mu\|^2}m$
#   at every visit; to this comes the start.
# - Noise: $(P-1)\langle w_{y_ir},\xi_i\rangle\le(P-1)\beta+M+{}$cross terms.
# - Cross terms: *every* $|\rho_{jrk}|$ is at most $\frac32\varsigma T'$ (other samples may be far ahead of $i$), so all
#   those through noise are at most $\frac32\chi\varsigma T'$; those through the signal are at most $(P-1)G'$.
#
# *The filter $r^*$ with the largest product stays active.* Its own gain of an epoch is at least
# $\frac12\varsigma|\ell'_i|$ (for $(P-1)\langle w,\xi_i\rangle$), the cross terms take at most
# $\frac12\varsigma\chi$. As
# $M+\varepsilon\le1+\varepsilon$, $|\ell'_i|\ge1/(1+e^{1+\varepsilon})\ge2\chi$: a completed epoch gains, a begun
# one takes
# less than the start. So $r^*$ gains at every visit, and $M=\overline\rho_{y_i,r^*,i}$.
#
# *The time to 1.* In an epoch $M$ gains at least $\frac12\varsigma/(1+e^{M+\varepsilon})$. That falls with $M$, and
# $M\mapsto M+\frac12\varsigma/(1+e^{M+\varepsilon})$ grows while $\varsigma\le8$, so $M$ is ahead of the flow
# $\dot y=\frac12\varsigma/(1+e^{y+\varepsilon})$, which is at 1 after
#
# $$\frac2\varsigma\int_0^1(1+e^{y+\varepsilon})\,dy=\frac2\varsigma\bigl[1+e^\varepsilon(e-1)\bigr]\le T'.$$
#
# At $T'=10/\varsigma$ this allows $\varepsilon\le\log\frac4{e-1}=0.84$; $\frac32\chi\varsigma T'=15\chi$ is a part
# of it. So
# $\chi\le0.05$ is enough, which needs $d$ of order $10^8$ at $n=20$: *in the gap, and at $\|\mu\|$ as small as 0.3
# of SGD's
# threshold*. (An earlier proof followed SGD to $T_1$; its cross terms $\frac32\chi\varsigma T_1$ excluded the gap at
# every $d$.)

# %%
varsigma, T_1 = eta * (P - 1) ** 2 * sigma_p**2 * d / (B * m), m * B / (eta * n * mu**2)
assert same(varsigma * T_1, 1 / (n * SNR**2))
assert same(eta * mu**2 / m * T_1 * n / B, 1)  # gamma at most 1 at T_1
small, speed = sp.symbols("epsilon varsigma", positive=True)
time_to_1 = sp.integrate(sp.expand(2 / speed * (1 + sp.exp(v + small))), (v, 0, 1))
assert sp.simplify(time_to_1 - 2 / speed * (1 + sp.exp(small) * (sp.E - 1))) == 0
gain = speed / 2 / (1 + sp.exp(v))
steepest = sp.diff(gain, v).subs(v, 0)  # -1/4 of speed/2 is the steepest: 1 + gain' >= 0 up to speed = 8
assert sp.simplify(steepest + speed / 8) == 0
allowed = sp.log((sp.Rational(10, 2) - 1) / (sp.E - 1))
print(f"at T' = 10 / varsigma: epsilon up to {float(allowed):.3f}, slope {1 / (1 + np.exp(1 + float(allowed))):.3f}")


def after_early_time(speed_value, epsilon_value):
    """Return M after 10/speed epochs of the slowest recursion that the proof allows."""
    found = 0.0
    for _ in range(int(10 / speed_value)):
        found += speed_value / 2 / (1 + np.exp(found + epsilon_value))
    return found


assert after_early_time(0.02, 0.84) >= 1 > after_early_time(0.02, 0.95)

# %% [markdown]
# ### 3. SAM learns the signal: `signal_learning`, `signal_time`
#
# A step adds to $\gamma_{jr}$, in units of $\eta\|\mu\|^2/m$,
#
# $$\frac1B\Bigl[\sum_{\text{clean},\,\hat y=s}|\ell'_i|-\sum_{\text{flipped},\,\hat y=s}|\ell'_i|\Bigr],\qquad
# s=\mathrm{sign}\langle w_{jr}+\epsilon_{jr},\mu\rangle,$$
#
# with slopes at $W+\epsilon$. Always $|\ell'|\le1$, which gives the upper rate and the $-\max_sf_{b,s}/B$. For the
# lower rate the clean samples must have $|\ell'_i|\ge\frac14$, that is $y_if(W+\epsilon,x_i)\le\log3$; it is enough
# that the output of the own class is at most $\log3$.
#
# *Noise.* Own pairs that are active at $W$ are switched off, the others are at most $E$: together at most $(P-1)E$.
#
# *Signal.* Write $Bm\nabla_{jr}L_I=-j\mathcal A\mu+u$, where $u\in\mathrm{span}\{\xi_i:i\in I\}$ and
# $\mathcal A=\sum_{\text{clean},s'}|\ell'_i|-\sum_{\text{flipped},s'}|\ell'_i|$ with slopes *at $W$* and
# $s'=\mathrm{sign}\langle w_{jr},\mu\rangle$. There $\frac14\le|\ell'|\le\frac34$, so $\mathcal A\ge0$ if
# $c_{b,s'}\ge3f_{b,s'}$. The cosine of the angle between $u-\mathcal Aj\mu$ and $j\mu$ falls as $\mathcal A$ grows,
# so
#
# $$\langle\epsilon_{jr},j\mu\rangle\le\tau\max\Bigl(0,\frac{\langle u,j\mu\rangle}{\|u\|}\Bigr)\le\tau\|\Pi\mu\|\le
# \tau\|\mu\|\sqrt{\frac{4BL'}{d\,(1-4B\sqrt{L/d})}}=:\tau p,$$
#
# with $\Pi$ the projection on the span of the batch's noise (Gershgorin again). So the output of the own class at
# $W+\epsilon$ is at most its signal part at $W$, plus $\tau p+(P-1)E$. Since
# $R\ge E+\frac32\frac\varsigma{P-1}+\beta+G$, that is at most $F\le\log3$ if
# $\tau p\le\frac32\varsigma+(P-1)(2\beta+G)$, which is printed below.
#
# *Which samples are seen changes from batch to batch.* $\langle w_{jr}+\epsilon_{jr},\mu\rangle$ is
# $\langle w_{jr},\mu\rangle$ less something that depends on the batch: with $j=+1$ and $0<\langle w_{jr},\mu\rangle$
# small, a batch with many clean samples of $\hat y=+1$ turns the sign, and the filter then sees the *few* samples
# with $\hat y=-1$. Such a filter sees the smaller class of each batch for as long as $\langle w_{jr},\mu\rangle$ is
# within the spread of that shift. So with mini-batches the minimum over $s$ must be taken in *each batch*; over an
# epoch it is at most the minimum over the whole data. With full batches there is one batch, and the rate is
# $\mathrm{low}=\min_s(\frac14c_s-f_s)/n$ at *every* step.

# %%
a, p_square, q_square, scale = sp.symbols("a p_square q_square scale", real=True)  # <u, j mu>, ||mu||^2, ||u||^2
cosine = (a - scale * p_square) / sp.sqrt(q_square - 2 * scale * a + scale**2 * p_square)
cubed = (q_square - 2 * scale * a + scale**2 * p_square) ** sp.Rational(3, 2)
assert sp.simplify(sp.diff(cosine, scale) + (p_square * q_square - a**2) / cubed) == 0  # <= 0: Cauchy and Schwarz
L1 = sp.Symbol("L1", positive=True)  # L'
onto = B * (mu * sigma_p * sp.sqrt(2 * L1)) ** 2 / (sigma_p**2 * d / 2)
assert same(onto, mu**2 * 4 * B * L1 / d)
clean, flipped = sp.symbols("clean flipped", positive=True)
assert sp.expand(clean / 4 - 3 * flipped / 4 - (clean - 3 * flipped) / 4) == 0  # the least that A can be
print("slopes at W are in [1/4, 3/4], as |f| <= log 3; at W + eps a flipped sample may reach 1")

# %% [markdown]
# *Corrections to scaling.* Full batches, no flips, classes of $an$ and $bn$ samples, $a+b=1$. A filter of the sign of
# the larger class learns from the smaller one, at the rate $b$, until $\gamma$ is beyond the ascent's reach $2aR$ along
# $\mu$, and then from its own at the rate $a$; the others the other way round, with the reach $2bR$ (the ascent of a
# class is in proportion to its samples). With all time in units in which $\gamma$ grows by 1 at the rate 1, the mean
# $\gamma$ reaches a level $g$ after $2g+2R(a-b)^2/(ab)$. At the radius $m\sqrt B/(P\sigma_p\sqrt d)$ and the later norm
# of the gradient, $(P-1)\sigma_p\sqrt{d/(Bm)}/(2\sqrt2)$, the reach is $R=\sqrt{m/2}\,n\,\mathrm{SNR}^2(P-1)/P$.

#
# *The slopes.* At $W+\epsilon$ a filter has $j\langle w_{jr}+\epsilon_{jr},\mu\rangle=\gamma-R$ (even classes). As long
# as that is negative, what a clean sample sees are the filters of the other class, $y f=-(R-\gamma)$; from then on
# its own, $yf=\gamma-R$. So $|\ell'|=1/(1+e^{\gamma-R})$ throughout, larger by $R/2$ of itself than without the reach.

# %%
R, g, t_end, share = sp.symbols("R g t_end share", positive=True)  # share = a of the larger class
turns = {+1: 2 * share * R / (1 - share), -1: 2 * (1 - share) * R / share}
mean = sum((first * turns[j] + (1 - first) * (t_end - turns[j])) / 2 for j, first in ((+1, 1 - share), (-1, share)))
(until,) = sp.solve(sp.Eq(mean, g), t_end)
assert sp.simplify(until - 2 * g - 2 * R * (2 * share - 1) ** 2 / (share * (1 - share))) == 0
slope, m_, SNR2 = sp.Rational(1, 2), sp.Symbol("m_", positive=True), mu**2 / ((P - 1) ** 2 * sigma_p**2 * d)
radius, norm = (
    m_ * sp.sqrt(B) / (P * sigma_p * sp.sqrt(d)),
    (P - 1) * sigma_p * sp.sqrt(d / (B * m_)) / (2 * sp.sqrt(2)),
)
reach = radius * slope / 2 * mu**2 / (m_ * norm)  # B = n, half of the samples
assert sp.simplify(reach - sp.sqrt(m_ / 2) * B * SNR2 * (P - 1) / P) == 0
assert sp.simplify(((until - 2 * g) / (2 * g)).subs(share, (1 + v) / 2) - 4 * R * v**2 / (1 - v**2) / g) == 0
assert sp.series(1 / (1 + sp.exp(-R)), R, 0, 2).removeO() == sp.Rational(1, 2) * (1 + R / 2)
for n_snr2 in (0.008, 0.002):  # v^2 is 1/n on average, n = 20; the level is 0.05, and P = 2
    late = [4 * math.sqrt(filters / 2) * n_snr2 / 2 / 20 / 0.05 for filters in (10, 160)]
    bend = math.log((1 + late[1]) / (1 + late[0])) / math.log(16)
    print(f"n SNR^2 = {n_snr2}: later by {late[0]:.1%} at m = 10, {late[1]:.1%} at m = 160; exponent {1 + bend:.3f}")

# %% [markdown]
# ## Numbers
#
# **SAM against SGD**, from one start and with the same batches: $n=30$, $B=10$, $m=40$, $P=2$, $p=0.1$, $d=10^{12}$,
# $n\,\mathrm{SNR}^2=0.08$.

# %%
setting = deactivation.WORLDS[1].setting
world = World(setting, phases=(sam_stage(setting),), rival=(sgd_stage(setting),), record_every="step")
o = next(observe(world, range(1)))
early_world = World(setting, world.phases, rival=(Phase("sgd", math.ceil(10 / noise_prevention.step_of(setting))),))
for margin, value in noise_prevention.hypotheses(Observation(early_world, 0, o.sample)).items():
    assert value >= 1
    print(f"{margin:<58} {value:9.3g}")
for found in noise_prevention.claim(o):
    assert found.holds
    print(f"{found.label:<58} {found.measured:9.3g} {found.sense} {found.bound:.3g}")


# %% [markdown]
# The small terms of part 2 in the worlds of `noise_prevention`: the last two are in the gap, where SGD is harmful. A
# draw of each, trained by SGD to loss 0.05, shows that.

# %%
for number, found in enumerate(noise_prevention.WORLDS):
    drawn = Observation(found, 0, draw(found.setting, 0))
    epsilon = noise_prevention.small_terms(drawn, found.rival[0].epochs)
    assert epsilon <= float(allowed)
    share = found.setting.mu_norm / threshold_sgd(found.setting)
    print(f"world {number}: ||mu|| = {share:.2f} of SGD's threshold, epsilon = {epsilon:.3f}")
for found in noise_prevention.GAP:
    finish = World(found, (Phase("sgd", 20_000),), record_every=10**6, tol=EPSILON, test_samples=4_000)
    (trained,) = observe(finish, range(1))
    assert found.mu_norm <= 0.301 * threshold_sgd(found)
    assert trained.tested.value >= found.p + HARM
    print(f"SGD at B = {found.B}: test error {trained.tested.value:.2f}, p = {found.p}")

# %% [markdown]
# SGD against the inequality of part 2: the smallest $M$ over samples, beside the slowest recursion that it allows.

# %%
own = o.sample.y == np.array([1, -1])[:, None, None]
learned = np.where(own, o.rival_trained.rho, 0.0).max((1, 2)).min(1)
T_1_here = setting.m * setting.B / (setting.eta * setting.n * setting.mu_norm**2)
early = round(10 / noise_prevention.step_of(setting))
epsilon = noise_prevention.small_terms(o, early)
slowest, step_here = [0.0], noise_prevention.step_of(setting)
for _ in range(early):
    slowest.append(slowest[-1] + step_here / 2 / (1 + np.exp(slowest[-1] + epsilon)))
assert slowest[-1] >= 1
for share in (0.1, 0.25, 0.5, 1.0):
    epoch = round(share * early)
    record = np.flatnonzero(o.rival_trained.epoch == epoch)[0]
    assert learned[record] >= min(slowest[epoch], 1.0)
    print(f"t = {share:.2f} T': min over samples of M = {learned[record]:.2f} >= {min(slowest[epoch], 1.0):.2f}")

# %% [markdown]
# **Signal learning**, full batches and the mini-batches above. "Turns" counts how often the sign of
# $\langle w_{jr}+\epsilon_{jr},\mu\rangle$ changed, for the filter where it changed most. The rates of part 3 are
# means over the batches that came; $\gamma$ is in units of $\eta\|\mu\|^2/m$ times the steps. With mini-batches the
# derived rates are *outside* those that counts over all data would give: the difference is what a turning sign may
# cost.


# %%
def classes(x, chosen):
    """Count the clean and the flipped samples among the chosen, for `y_hat = +1, -1`; shape (2, 2)."""
    y, y_hat = x.y[chosen], x.y_hat[chosen]
    return np.array([[((y_hat == s) & ((y == y_hat) == clean)).sum() for s in (1, -1)] for clean in (True, False)])


def rates(x, batch):
    """Return the lower and the upper rate of a batch, and whether clean samples are three times the flipped."""
    clean, flipped = classes(x, batch)
    covered = (clean >= 3 * flipped).all()
    return (clean / 4 - flipped).min() if covered else -flipped.max(), clean.max(), covered


def margins_at_perturbed(o, step):
    """Return `y f(W + eps)` of the clean samples of a step's batch."""
    y, y_hat = o.sample.y[step.batch], o.sample.y_hat[step.batch]
    labels = Labels(y[None].astype(float), y_hat[None].astype(float), np.full((1, 1, 1), o.world.setting.P - 1.0))
    signal, noise = step.signal + step.signal_shift, step.noise + step.noise_shift
    z = np.concatenate([signal[..., None], noise], axis=-1).reshape(1, 2 * o.world.setting.m, -1).swapaxes(1, 2)
    return (y * outputs(z, labels)[0])[y == y_hat]


small = prevention(n=20, m=10, B=20)
whole = next(observe(World(small, phases=(sam_stage(small),), record_every="step"), range(1)))
for name, run in (("full batches", whole), ("mini-batches", o)):
    t, x, steps = run.world.setting, run.sample, list(replay(run.trained))
    lower, upper, covered = np.array([rates(x, step.batch) for step in steps]).T
    gamma = run.trained.gamma[1:] / (t.eta * t.mu_norm**2 / t.m)
    assert (gamma.min((1, 2)) >= np.cumsum(lower / t.B) - 1e-9).all()
    assert (gamma.max((1, 2)) <= np.cumsum(upper / t.B) + 1e-9).all()
    largest = max(margins_at_perturbed(run, step).max() for step in steps)
    assert largest <= np.log(3)
    turns = np.diff([np.sign(step.signal + step.signal_shift) for step in steps], axis=0) != 0
    helped = max((np.array([[1], [-1]]) * step.signal_shift).max() for step in steps)
    clean, flipped = classes(x, np.arange(t.n))
    print(f"{name}: n = {t.n}, B = {t.B}, clean and flipped by class {clean.tolist()}, {flipped.tolist()}")
    print(f"  turns: {turns.sum(0).max()}; batches with clean >= 3 flipped: {covered.mean():.0%}")
    print(f"  largest y f(W + eps) of a clean sample {largest:.2f} <= log 3; largest <eps, j mu> {helped:.3f}")
    low, high = gamma[-1].min() / len(steps), gamma[-1].max() / len(steps)
    print(f"  derived {lower.mean() / t.B:.4f} <= measured {low:.3f} to {high:.3f} <= derived {upper.mean() / t.B:.4f}")
    print(f"  the same counts, but over all data: {(clean / 4 - flipped).min() / t.n:.4f} and {clean.max() / t.n:.4f}")

# %% [markdown]
# The condition that closes part 3, $\tau p\le\frac32\varsigma+(P-1)(2\beta+G)$, in the worlds of `signal_learning`;
# only the first term is used.

# %%
for number, found in enumerate(signal_learning.WORLDS):
    t, tau = found.setting, found.phases[0].tau
    L, L1_here = np.log(6 * t.n**2 / found.delta), np.log(6 * t.n / found.delta)
    p = t.mu_norm * np.sqrt(4 * t.B * L1_here / (t.d * (1 - 4 * t.B * np.sqrt(L / t.d))))
    one_step = 1.5 * t.eta * (t.P - 1) ** 2 * t.sigma_p**2 * t.d / (t.B * t.m)
    assert tau * p <= one_step
    print(f"world {number}: tau p = {tau * p:.5f} <= 3/2 varsigma = {one_step:.3f}")

# %% [markdown]
# ## Picture
#
# The run above, SAM against SGD from one start with the same batches, up to $T_1$. Left: under SGD, the sample of which
# least was learned; under SAM, the coefficient of which most was learned, and its bound $(P-1)R$. Right: $\gamma_{jr}$
# under SAM of all filters (band), between the derived rates of the batches that came.

# %%
figure, (left, right) = plt.subplots(1, 2, sharex=True)
times = o.trained.epoch / T_1_here
most_under_sam = np.where(own, o.trained.rho, 0.0).max((1, 2, 3))
bound = deactivation.bounds_of(world).coefficient
assert most_under_sam.max() <= bound
left.semilogy(o.rival_trained.epoch / T_1_here, learned, "C0", label="SGD, least sample")
left.semilogy(times, most_under_sam, "C1", label="SAM, largest coefficient")
left.axhline(bound, color="C1", ls="--", label="derived, SAM")
left.plot([early / T_1_here], [1], "ko", ms=4, label="derived, SGD at $T'$")
left.set(xlabel="time $t / T_1$", ylabel=r"noise learned, $\overline{\rho}$", ylim=(1e-3, 10))
left.legend(loc="center right")
gamma = o.trained.gamma
per_batch = setting.eta * setting.mu_norm**2 / (setting.m * setting.B)
batch_rates = np.array([rates(o.sample, step.batch) for step in replay(o.trained)])
right.fill_between(times, gamma.min((1, 2)), gamma.max((1, 2)), color="C1", alpha=0.5, label="SAM, all filters")
for column, name in ((0, "derived, at least"), (1, "derived, at most")):
    right.plot(times[1:], per_batch * np.cumsum(batch_rates[:, column]), "--", color=f"C{2 + column}", label=name)
right.set(xlabel="time $t / T_1$", ylabel=r"signal learned, $\gamma_{jr}$")
right.legend(loc="upper left")
plt.show()

# %% [markdown]
# ## What would break it
#
# - *Part 1:* a radius too small to switch filters off, or SGD in the place of SAM: these are its controls.
# - *Part 2:* noise that overlaps, $\chi$ above $0.05$: the cross terms of ten over a step may outweigh what a sample
#   gains. Dead filters: a sample whose own filters all start below 0 is never memorised.
# - *Part 3:* in each class at least a fourth as many flipped as clean samples: $\mathrm{low}\le0$. In small batches
#   this happens by chance in some batches, whatever $p>0$; those count against the rate, and with $B=1$ the bound is
#   void. There the smaller class of a batch is empty.

# %%
for power in (7, 8, 9, 12):
    chi = 4 * 20 * np.sqrt(np.log(6 * 20**2 / 0.05) / 10**power)
    print(f"n = 20, d = 10^{power}: 15 chi = {15 * chi:.2f}, {float(allowed):.2f} is allowed")

# %% [markdown]
# ## References
#
# - Chen, Zhang, Kou, Chen, Hsieh, Gu: *Why Does Sharpness-Aware Minimization Generalize Better Than SGD?*,
#   arXiv:2310.07269.
# - Kou, Chen, Chen, Gu: *Benign Overfitting in Two-layer ReLU Convolutional Neural Networks*, arXiv:2303.04145.
