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
# # Other activations
#
# ![Where SGD turns from benign to harmful with relu, and SAM does not](../figures/gallery/phase.svg)
#
# Everything so far is about relu. Two questions go beyond it. Where is SGD's boundary for a power of it? And does SAM's
# gap need what only relu has, a slope of *zero* below zero?
#
# ## What you need to know
#
# - From 06: with relu, SGD's boundary is at $\|\mu\|\sim d^{1/4}n^{-1/4}(P-1)\sigma_p$.
# - From 07: SAM's gap comes from a slope of zero below zero; a leak lets a share $a$ of it pass.
# - A power of relu makes a product grow the faster the larger it is: the first wins all.
#
# ## Statement
#
# ### `relu_power_boundary`
#
# For relu$^q$, $q>2$, full batches and no flips, the contour test error $=0.1$ of SGD is at
# $n\,\mathrm{SNR}^q=\Theta(1)$: with $q=3$, $\|\mu\|\sim d^{1/2}n^{-1/3}(P-1)\sigma_p$.
#
# ### `leaky_gap`
#
# With leaky_relu$(a)$ SAM's contour test error $=p+0.1$ is, to leading order, at
# $\|\mu\|=\sqrt{2Qa/((1+a)(1-2p))}\;d^{1/4}n^{-1/4}(P-1)\sigma_p$ with $(1-2p)\Phi(-Q)=0.1$, for
# $a\gg n\,\mathrm{SNR}^2$. So its exponent in $d$ is SGD's, and its distance from SGD's boundary a factor $1/\sqrt a$.
#
# ### What is certain, and what was rebuilt
#
# The boundary of relu$^q$ is the subject of Cao, Chen, Belkin and Gu (2022), whose text was not at hand; it is derived
# here again. What a leak does to SAM is this suite's question. Derivations are to leading order; the runs test them.
#
# ## Idea
#
# *Powers.* For $q>2$ a product grows the faster the larger it is, so that it becomes infinite in a finite time: the
# first wins all, and what matters is who is first. *Leak.* Under the ascent a pair of sample and filter keeps the slope
# $a$. The share $a$ of its noise gradient that passes is small, but so is the time that SGD needs: what was to be
# learned in $T_1$ can wait $1/a$ times as long as SGD. The signal is learned all the while.

# %%
"""Activations other than relu: a race of powers, and the leak that memorisation passes through."""

import math

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

from dynamics import Phase, draw, test_error, train_ensemble
from theorems.beyond.activation import leaking, leaky, leaky_gap, race, relu_power_boundary
from theorems.boundary import contour
from theorems.condition import t1_epochs
from theorems.overfitting import EPSILON
from verify.observe import observe

a, c, q, p, n, z0, t, rate = sp.symbols("a c q p n z_0 t rate", positive=True)
snr, R, step, Q, M, d = sp.symbols("snr R step Q M d", positive=True)

# %% [markdown]
# ## Derivation
#
# ### 1. A race
#
# Write $z=(P-1)\langle w_{jr},\xi_i\rangle$ for a pair of sample $i$ and filter of its class, and
# $g=j\langle w_{jr},\mu\rangle$. With full batches, $|\ell'|=\frac12$ and $\mathrm{step}=\eta(P-1)^2\sigma_p^2d/(nm)$,
# an epoch adds $\frac12\mathrm{step}\,q\,z^{q-1}$ to $z$; half of the samples speak for $g$, so it gains
# $\frac n2\mathrm{SNR}^2\cdot\frac12\mathrm{step}\,q\,g^{q-1}$. At the start both are normal, and the largest over the
# filters is the same multiple of the deviations, which are in the ratio $\mathrm{SNR}$ (of $g$ to $z$).
#
# $\dot z=c\,z^{q-1}$ has $z^{2-q}=z(0)^{2-q}-(q-2)ct$.

# %%
power = (z0 ** (2 - q) - (q - 2) * rate * t) ** (1 / (2 - q))
for degree in (3, 4, 5):
    assert sp.simplify((sp.diff(power, t) - rate * power ** (q - 1)).subs(q, degree)) == 0
end = 1 / ((q - 2) * rate * z0 ** (q - 2))
assert sp.simplify(z0 ** (2 - q) - (q - 2) * rate * end) == 0
of_noise = end.subs(rate, step * q / 2)
of_signal = end.subs({rate: n / 2 * snr**2 * step * q / 2, z0: snr * z0}, simultaneous=True)
race_of = sp.simplify(sp.powsimp(of_noise / of_signal, force=True))
assert sp.simplify(race_of - n * snr**q / 2) == 0
print("time of noise over time of signal:", race_of)
whole = power.subs(q, 3)
(late,) = sp.solve(sp.Eq(whole, R * z0), t)  # grown by a factor R
assert sp.simplify(late / end.subs(q, 3) - (1 - 1 / R)) == 0
sizes = relu_power_boundary.SAMPLES
strengths = [race.expected(race.BASE.replace(n=k, B=k)) for k in sizes]
slope = float(np.polyfit(np.log(sizes), np.log(strengths), 1)[0])
print(f"exponent in n at the sizes of the ladder: {slope:.3f}; in the limit -1/3")
assert -1 / 3 < slope < -0.29

# %% [markdown]
# So both are due at the same time where $n\,\mathrm{SNR}^q=2$, whatever $q$, $d$, the start and the step are. With
# $\mathrm{SNR}=\|\mu\|/((P-1)\sigma_p\sqrt d)$ this is $\|\mu\|\sim d^{1/2}n^{-1/q}$. What of $d$ is left: memorised
# noise adds cross terms of order $\sqrt{n/d}$ to the products of other samples (a correction $d^{-1/2}$). What of $n$
# is left: to outweigh what the start makes of fresh noise the signal has to grow only by a factor $f$ of order
# $1/\mathrm{SNR}$, and at $q=3$ that takes $1-1/f$ of the time. So the boundary is at $n\,\mathrm{SNR}^3\sim1-1/f$, and
# its exponent in $n$ a little above $-\frac13$ (`race.expected`).
#
# ### 2. A leak: SAM
#
# Full batches, a small start, $M$ the margin at which training ends. Let $R$ be the reach of the ascent, what it takes
# from $(P-1)\langle w_{jr},\xi_i\rangle$ of an own pair: $R=(P-1)\tau\sigma_p\sqrt{d/(Bm(1+a^2))}$, as $\|\nabla
# L\|_F^2$ has $Bm$ own pairs of slope 1 and $Bm$ others of slope $a$. An own coefficient $c<R$ is then seen with slope
# $a$: $\dot c=a\,\mathrm{step}|\ell'|$. A pair of the other class is lifted by $aR$, so it falls with slope 1 until it
# is at $-aR$, and from there with slope $a$: it is at $-(c+aR)$. The signal's pairs have slope 1 on one class and $a$
# on the other, so that $\dot\gamma=\frac n2(1-2p)(1+a)\mathrm{SNR}^2\,\mathrm{step}|\ell'|$, and the slopes cancel in
# $\gamma/c$.
#
# The margin is $c+ab=M$. At a fresh input the noise of all filters of class $j$ is the same, $c\,u_j-b\,u_{-j}$
# in units of $\sqrt{n/(2d)}$. For $aR\ll c$ this is $\pm c(u_+-u_-)$, and the noise's part of $f$ is $(1+a)$ times it:
# the error is $p+(1-2p)\Phi(-\Gamma)$ with $\Gamma=\gamma/(c\sqrt{n/d})$. `leaky` integrates the general case, with the
# noise along $\mu$.

# %%
gamma_rate = n / 2 * (1 - 2 * p) * (1 + a) * snr**2 * step
gamma_per_c = gamma_rate / (a * step)
Gamma = sp.simplify(gamma_per_c / sp.sqrt(n / d))
z_square = sp.sqrt(d * n) * snr**2  # z^2 = n SNR^2 sqrt(d/n)
assert sp.simplify(Gamma - (1 - 2 * p) * (1 + a) / (2 * a) * z_square) == 0
where = sp.sqrt(2 * a * Q / ((1 + a) * (1 - 2 * p)))
assert sp.simplify((Gamma - Q).subs(snr, where / (d * n) ** sp.Rational(1, 4))) == 0
s = leaking.of(leaking.BASE.replace(d=10**14), 0.01)
quantile = 1.2206
assert abs(0.9 * 0.5 * math.erfc(quantile / math.sqrt(2)) - 0.1) < 1e-4
leading = float(where.subs({a: 0.01, p: s.p, Q: quantile})) * (s.d / s.n) ** 0.25
assert abs(leaking.derived(s, 0.01) / leading - 1) < 0.03
print("Gamma =", Gamma)
print(f"boundary at a = 0.01, derived with the reach, over leading order: {leaking.derived(s, 0.01) / leading:.2f}")

# %% [markdown]
# *When is noise memorised?* SAM's slopes are those at $W+\epsilon$, where a margin, once $c>a^2R$, is only
# $a(c-R)+a(c-a^2R)$: they stay near one half even as the loss is gone, and $c=1$ after about $2/(a\,\mathrm{step})$
# epochs. As $T_1=1/(\mathrm{step}\,n\,\mathrm{SNR}^2)$, this is within $T_1$ from $a=2n\,\mathrm{SNR}^2$ on.
#
# So there are two answers to "how small must the slope be". Memorisation is *prevented* only for
# $a\ll n\,\mathrm{SNR}^2$, which is tiny. But memorising late is no harm while $\gamma$ is large by then: SAM is benign
# for $a$ up to $(1-2p)z^2/(2Q)$, with $z=\|\mu\|(n/d)^{1/4}/((P-1)\sigma_p)$, which does not depend on $d$ at a given
# distance from SGD's boundary.

# %%
first, then = c * (a + 1 / a) - 2 * a * R, a * (2 * c - (1 + a**2) * R)  # margins at W + eps
turn = a**2 * R
assert sp.simplify((first - then).subs(c, turn)) == 0
falling = sp.integrate(sp.exp(first), (c, 0, turn))
after = sp.integrate(sp.exp(then), (c, turn, 1))
s = leaking.of(leaking.BASE, 0.16)
reach = leaky.reach(s, leaking.radius(s), 0.16)
epochs = (1 + falling + after) / (a * step)
value = float(epochs.subs({a: 0.16, R: reach, step: 0.5}).evalf())
assert abs(value / leaky.memorisation_time(s, 0.16, leaking.radius(s)) - 1) < 1e-9
assert sp.limit(epochs * a * step, a, 0) == 2
print(f"a = 0.16: own coefficients are 1 after {value * 0.16 * 0.5:.2f} / (a step) epochs; for small a after 2")

# %% [markdown]
# *SGD* with a leak: an own coefficient grows by $\mathrm{step}|\ell'|$, and as the leak lifts every inactive own pair
# (for $a\gg\sqrt{n/d}$, which beats the cross terms) all become active, not three quarters. Pairs of the other class
# are at $-ac$. At $a=1$ the network is linear, and there SAM is SGD.

# %%
one = leaking.of(leaking.BASE.replace(mu_norm=30.0), 1.0)
linear = one.p + (1 - 2 * one.p) * 0.5 * math.erfc(0.9 * 30.0**2 * math.sqrt(one.n / one.d) / math.sqrt(2))
assert abs(leaky.sgd_error(one, 1.0) - linear) < 2e-3
print(f"a = 1: derived {leaky.sgd_error(one, 1.0):.3f}, a linear classifier {linear:.3f}")

# %% [markdown]
# ## Numbers
#
# **The race**, one draw in each cell: $n\,\mathrm{SNR}^3$ at the boundary for $n=20$ along $d$, eight draws.

# %%
for dim in (10**7, 10**9, 10**11):
    worlds = race.worlds()(race.BASE.replace(d=dim))
    found = [contour(group) for group in zip(*(observe(world, range(8)) for world in worlds), strict=True)]
    strength = 20 * (np.array(found) / math.sqrt(dim)) ** 3
    middle = float(np.exp(np.log(strength).mean()))
    assert 1 < middle < 3
    print(f"d = 1e{round(math.log10(dim))}: n SNR^3 at the boundary {middle:.2f}; due at the same time: 2")

# %% [markdown]
# **The leak**, in the middle of the gap: $n=40$, $d=10^6$, $\|\mu\|=8$, $p=0.05$, six draws. SAM for $T_1$ epochs, then
# SGD; the radius is twice that of Theorem 4.1.

# %%
wide = leaking.BASE.replace(d=10**6, mu_norm=8.0)
seeds = range(6)
samples = [draw(wide, seed) for seed in seeds]
table = []
for leak in (0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 1.0):
    s = leaking.of(wide, leak)
    tau, sgd = leaking.radius(s), Phase("sgd", 20_000)
    row = [leak]
    for phases in ((Phase("sam", t1_epochs(s), tau), sgd), (sgd,)):
        runs = train_ensemble(s, samples, phases, seeds, record_every=10**9, tol=EPSILON)
        row.append(
            np.mean([test_error(s, x, w.weights(-1), 3000, 0).value for x, w in zip(samples, runs, strict=True)])
        )
    table.append((*row, leaky.sam_error(s, leak, tau), leaky.sgd_error(s, leak)))
    print(
        "a = {:<6g} SAM {:.3f}, derived {:.3f}   SGD {:.3f}, derived {:.3f}".format(
            *np.array(table[-1])[[0, 1, 3, 2, 4]]
        )
    )
table = np.array(table)
assert np.abs(table[:, 1] - table[:, 3]).max() < 0.03
assert np.abs(table[:, 2] - table[:, 4])[2:].max() < 0.03
assert table[0, 1] < 0.06 < 0.25 < table[0, 2]  # the gap
memorised_from = 2 * wide.n * wide.snr**2
harmful_from = (1 - 2 * wide.p) * 64 * math.sqrt(wide.n / wide.d) / (2 * quantile)
print(f"memorised within T_1 from a = {memorised_from:.3f}, harmful from about a = {harmful_from:.2f}")
assert memorised_from < 0.01 < 0.1 < harmful_from

# %% [markdown]
# The prediction is able to fail: were the signal, too, seen with a share $a$ only, SAM would be SGD at any $a$; were
# the memorised noise only delayed and its slopes those of $W$, the times would be half as long again at $a=0.02$.
#
# ## Picture

# %%
figure, ax = plt.subplots(figsize=(6, 3.4))
grid = np.geomspace(0.001, 1, 60)
settings = [leaking.of(wide, leak) for leak in grid]
of_sam = [leaky.sam_error(s, leak, leaking.radius(s)) for s, leak in zip(settings, grid, strict=True)]
of_sgd = [leaky.sgd_error(s, leak) for s, leak in zip(settings, grid, strict=True)]
ax.plot(grid, of_sgd, "C0--", label="SGD, derived")
ax.plot(table[:, 0], table[:, 2], "C0s", label="SGD, measured")
ax.plot(grid, of_sam, "C1-", label="SAM then SGD, derived")
ax.plot(table[:, 0], table[:, 1], "C1o", label="SAM then SGD, measured")
ax.axvline(memorised_from, color="0.5", ls=":")
ax.text(memorised_from * 1.1, 0.46, "memorised within $T_1$", color="0.4", fontsize=9)
ax.set(xscale="log", xlabel="slope a below zero", ylabel="test error", ylim=(0, 0.5), title="The gap fades with a")
ax.legend(loc="center left", fontsize=8)
plt.show()

# %% [markdown]
# ### At finite $d$
#
# The derived boundary of SAM knows of $d$ beyond $d^{1/4}$ through the noise along $\mu$ only, of which it is farther
# the larger $d$ is: over the ladder from $10^6$ to $10^{10}$ its own exponent is a little below $\frac14$. The signal's
# part of a training margin, $(1+a)\gamma/M\sim\sqrt{n/d}$ at the boundary, is the correction.

# %%
print(f"exponent of the derived boundary over the ladder: {leaky_gap.IN_D.low:.4f}")
assert 0.24 < leaky_gap.IN_D.low < 0.25

# %% [markdown]
# ## What would break it
#
# - *A shorter radius*: once a memorised coefficient is beyond the reach, its slope is 1 again, and the rest is SGD's.
# - *A longer radius*: the other class is pushed to $-aR$, which is noise, too; at $aR$ above 1 it moves the boundary.
# - *$q=2$*: products grow exponentially, nothing is infinite in finite time, and logarithms of the start come in.
# - *A start below the cross terms*, $\sqrt{n/d}$: then who is first is decided by what was memorised before.
#
# ## References
#
# - Cao, Chen, Belkin, Gu: *Benign Overfitting in Two-layer Convolutional Neural Networks*, NeurIPS 2022,
#   arXiv:2202.06526.
# - Chen, Zhang, Kou, Chen, Hsieh, Gu: *Why Does Sharpness-Aware Minimization Generalize Better Than SGD?*,
#   NeurIPS 2023, arXiv:2310.07269.
