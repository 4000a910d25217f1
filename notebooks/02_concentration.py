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
# # Concentration: what data and start look like
#
# ![How much of each bound was used](../figures/gallery/tightness.svg)
#
# The proofs of this series look at one sample that is *typical*: norms near their means, products small, enough filters
# active. This notebook derives how likely that is, and which tail bound gives which constant.
#
# *What is certain and what was rebuilt.* That the proof starts from such bounds is certain, and so are the orders of
# magnitude. The constants (2, 6, 12, 0.4, 1/8, $\Phi(-1)/4$, ...) were rebuilt. Each is derived below, so it stands
# whatever the paper's own constant is; where an exact tail is at hand, the suite uses that.
#
# ## What you need to know
#
# - In high dimension a random vector has nearly a fixed length, and two of them are nearly orthogonal.
# - A tail bound says how unlikely the contrary is; a union bound adds that up over all indices, and costs a
#   logarithm.
# - $\delta$ is the probability that any of it fails. All later notebooks start from a sample on which nothing fails.
# - Needed: the normal and the chi-square law, and Hoeffding's inequality.
#
# ## Statement
#
# Each with probability at least $1-\delta$, for all indices at once (in brackets the part of the derivation):
#
# - (1) `noise_norms`: $\frac12\sigma_p^2d\le\|\xi_i\|^2\le\frac32\sigma_p^2d$.
# - (1) `init_norms`: $\frac12\sigma_0^2d\le\|w_{jr}^{(0)}\|^2\le\frac32\sigma_0^2d$.
# - (2) `noise_signal`: $|\langle\xi_i,\mu\rangle|\le\|\mu\|\sigma_p\sqrt{2\log(6n/\delta)}$.
# - (2) `noise_cross`: $|\langle\xi_i,\xi_k\rangle|\le2\sigma_p^2\sqrt{d\log(6n^2/\delta)}$ for $i\ne k$.
# - (3) `init_signal`: $|\langle w_{jr}^{(0)},\mu\rangle|\le\sqrt{2\log(12m/\delta)}\,\sigma_0\|\mu\|$; and
#   `init_signal_max`: $\max_r\langle w_{jr}^{(0)},\mu\rangle\ge\frac12\sigma_0\|\mu\|$.
# - (3) `init_noise`: $|\langle w_{jr}^{(0)},\xi_i\rangle|\le2\sqrt{\log(12mn/\delta)}\,\sigma_0\sigma_p\sqrt d$;
#   `init_noise_max`: $\max_r\langle w_{jr}^{(0)},\xi_i\rangle\ge\frac14\sigma_0\sigma_p\sqrt d$.
# - (4) `class_counts`: $|S_+|$, $|\{y=1\}|$, and the clean and the flipped samples of each class, are within
#   $\sqrt{\frac n2\log\frac{12}\delta}$ of their means.
# - (4) `active_filters`: $|\{r:\langle w_{y_ir}^{(0)},\xi_i\rangle>0\}|\ge0.4\,m$, if $m\ge50\log(2n/\delta)$.
# - (4) `active_samples`: $|\{i:y_i=j,\langle w_{jr}^{(0)},\xi_i\rangle>0\}|\ge\frac n8$, if $n\ge32\log(4m/\delta)$.
# - (5) `active_filters_threshold`: $|\{r:\langle w_{y_ir}^{(0)},\xi_i\rangle>\vartheta\}|\ge0.8\,\Phi(-1)\,m$, with
#   the threshold $\vartheta=\sigma_0\sigma_p\sqrt{d/2}$.
# - (5) `active_samples_threshold`: $|\{i:y_i=j,\langle w_{jr}^{(0)},\xi_i\rangle>\vartheta\}|\ge\frac14\Phi(-1)\,n$.
# - (6) `batch_balance`: at least half of the batches of an epoch hold between $\frac B4$ and $\frac{3B}4$ clean
#   samples of each class.
#
# ## Idea
#
# There are four kinds of random number here: a squared length is chi-square, a product with a fixed vector is Gaussian,
# a count of independent events is binomial, a maximum of independent numbers is small only if all are small. For each
# kind one tail bound; then a union bound over the indices. A logarithm in a statement is a union bound, and the number
# in front of $n$ or $m$ inside it is the share of $\delta$ that was given to it.

# %%
"""Concentration at the start: derivations, and numbers beside them."""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
from scipy.optimize import brentq
from scipy.special import chdtr, chdtrc, erfc, ndtr
from scipy.stats import binom

from theorems.catalogue import catalogue
from theorems.concentration.starts import PHI, active_probability, norm_tail
from verify.observe import observe

n, m, d, B, delta = sp.symbols("n m d B delta", positive=True)
x, t, lam = sp.symbols("x t lambda", positive=True)
DELTA, N = 0.05, 20  # for numbers


# %% [markdown]
# ## Derivation
#
# ### 1. Lengths: `noise_norms`, `init_norms`
#
# $\|\xi_i\|^2/\sigma_p^2$ is chi-square with $d$ degrees of freedom: a sum of $d$ squares $g^2$. By Chernoff,
# $P(\chi^2_d\ge(1+x)d)\le\min_\lambda\bigl(e^{-\lambda(1+x)}\,\mathbb Ee^{\lambda g^2}\bigr)^d$. Sympy integrates and
# minimises:
#
# $$\mathbb Ee^{\lambda g^2}=\frac1{\sqrt{1-2\lambda}},\qquad
# P(\chi^2_d\ge(1+x)d)\le e^{-dh(x)},\quad h(x)=\tfrac12\bigl(x-\log(1+x)\bigr),$$
#
# and the same with $x<0$ for the lower tail. At $x=\pm\frac12$ the upper tail is the heavier one, so $n$ patches fail
# with probability at most $2ne^{-0.0473d}$, and $d\ge21.2\log(2n/\delta)$ is enough: this is the constant of "$d\ge
# C\log(n/\delta)$". The exact tail is at hand, so the suite asks for
# $n\,[P(\chi^2_d<\frac d2)+P(\chi^2_d>\frac{3d}2)]\le\delta$, and for $2m$ filters likewise.

# %%
g = sp.Symbol("g", real=True)
spare = sp.Symbol("spare", positive=True)  # 1 - 2 lambda
density = sp.exp(-(g**2) / 2) / sp.sqrt(2 * sp.pi)
moment = sp.integrate(sp.exp(-spare * g**2 / 2) / sp.sqrt(2 * sp.pi), (g, -sp.oo, sp.oo))
assert sp.simplify(moment - 1 / sp.sqrt(spare)) == 0
exponent = lam * (1 + x) + sp.log(1 - 2 * lam) / 2  # to be as large as possible
(best,) = sp.solve(sp.diff(exponent, lam), lam)
rate = sp.simplify(exponent.subs(lam, best))
assert sp.simplify(rate - (x - sp.log(1 + x)) / 2) == 0
assert sp.simplify(sp.diff(exponent, lam, 2) + 2 / (1 - 2 * lam) ** 2) == 0  # concave: `best` is the maximum
h_above, h_below = (float(rate.subs(x, value)) for value in (0.5, -0.5))
print(f"rates: above {h_above:.4f}, below {h_below:.4f}; 1/{h_above:.4f} = {1 / h_above:.1f}")
for count in (20, 200, 2000):
    chernoff = np.log(2 * count / DELTA) / h_above
    exact = brentq(lambda dim, count=count: count * norm_tail(dim) - DELTA, 10, chernoff)
    assert exact < chernoff
    print(f"n = {count:4}: Chernoff asks for d >= {chernoff:5.1f}, the exact tail for d >= {exact:5.1f}")

# %% [markdown]
# ### 2. Products with data: `noise_signal`, `noise_cross`
#
# For a standard Gaussian, $P(|g|\ge x)\le e^{-x^2/2}$. *Proof.* $k(x)=e^{-x^2/2}-P(|g|\ge x)$ vanishes at 0 and in the
# limit. Its slope is $e^{-x^2/2}(\sqrt{2/\pi}-x)$, first positive, then negative. So $k\ge0$. (The coarser bound
# $2e^{-x^2/2}$, usual in such proofs, is what fixed the 6 and the 12 of the statements; half of each share of $\delta$
# is to spare.)
#
# *Signal.* $\langle\xi_i,\mu\rangle\sim N(0,\sigma_p^2\|\mu\|^2)$, at $x=\sqrt{2\log(6n/\delta)}$: in all
# $n\cdot2\cdot\frac\delta{6n}=\frac\delta3$.
#
# *Cross products.* Given $\xi_i$, $\langle\xi_i,\xi_k\rangle\sim N(0,\sigma_p^2\|\xi_i\|^2)$ with
# $\|\xi_i\|^2\le\frac32\sigma_p^2d$ (part 1, at $\frac\delta2$). So $x\ge2\sqrt{\log(\cdot)}/\sqrt{3/2}$ and
# $x^2/2\ge\frac43\log(6n^2/\delta)$. There are at most $n^2/2$ pairs:
#
# $$\frac{n^2}2\cdot2\Bigl(\frac\delta{6n^2}\Bigr)^{4/3}=\frac{\delta^{4/3}}{6^{4/3}n^{2/3}}\le\frac\delta{10}.$$
#
# The 2 of the bound is generous: with the same union bound $\sqrt3$ would do, as $x^2/2\ge\log(\cdot)$ is enough.

# %%
tail = sp.erfc(x / sp.sqrt(2))  # P(|g| >= x)
k = sp.exp(-(x**2) / 2) - tail
assert k.subs(x, 0) == 0
assert sp.limit(k, x, sp.oo) == 0
assert sp.simplify(sp.diff(k, x) - sp.exp(-(x**2) / 2) * (sp.sqrt(2 / sp.pi) - x)) == 0


def gaussian(square):
    """Return `2 exp(-x^2/2)`, the bound of `P(|g| >= x)`, from `x^2`."""
    return 2 * sp.exp(-square / 2)


assert sp.simplify(n * gaussian(2 * sp.log(6 * n / delta)) - delta / 3) == 0
sigma_p = sp.Symbol("sigma_p", positive=True)
bound = 2 * sigma_p**2 * sp.sqrt(d * sp.log(6 * n**2 / delta))
deviation_square = sigma_p**2 * sp.Rational(3, 2) * sigma_p**2 * d
cross = n**2 / 2 * gaussian(sp.simplify(bound**2 / deviation_square))
assert sp.simplify(cross - delta ** sp.Rational(4, 3) / (6 ** sp.Rational(4, 3) * n ** sp.Rational(2, 3))) == 0
assert 6 ** (4 / 3) > 10
assert sp.simplify((bound * sp.sqrt(3) / 2) ** 2 / deviation_square - 2 * sp.log(6 * n**2 / delta)) == 0
print("cross products fail with probability at most", cross.subs({n: N, delta: DELTA}).evalf(2), "at n = 20")

# %% [markdown]
# ### 3. Products with the start: `init_signal`, `init_signal_max`, `init_noise`, `init_noise_max`
#
# *Above*, as in part 2. $\langle w_{jr}^{(0)},\mu\rangle\sim N(0,\sigma_0^2\|\mu\|^2)$, $2m$ of them at
# $x=\sqrt{2\log(12m/\delta)}$: together $\frac\delta3$. Given the noise,
# $\langle w_{jr}^{(0)},\xi_i\rangle\sim N(0,\sigma_0^2\|\xi_i\|^2)$ and again
# $x^2/2\ge\frac43\log(12mn/\delta)$; $2mn$ of them: at most $2mn\cdot2\cdot\frac\delta{12mn}=\frac\delta3$.
#
# *Maxima from below.* All $m$ filters of a sign are below $a$ standard deviations with probability $\Phi(a)^m$.
#
# - Signal: $a=\frac12$, two signs: $2\Phi(\frac12)^m$.
# - Noise: $\frac14\sigma_0\sigma_p\sqrt d$ is at most $a=\frac{\sqrt2}4$ standard deviations, as
#   $\|\xi_i\|\ge\sigma_p\sqrt{d/2}$; $2n$ pairs of sign and sample: $2n\Phi(\frac{\sqrt2}4)^m$.
#
# Each must fit into $\delta$ (for the noise less the tail of its norms). This is what "$m\ge C\log(n/\delta)$" is
# needed for, with $C=1/\log(1/\Phi(a))$.

# %%
assert sp.simplify(2 * m * gaussian(2 * sp.log(12 * m / delta)) - delta / 3) == 0
ratio_square = (2 * sp.sqrt(sp.log(12 * m * n / delta) * d)) ** 2 / (sp.Rational(3, 2) * d)
fails = 2 * m * n * gaussian(ratio_square)
assert sp.simplify(fails / (delta / 3) - (delta / (12 * m * n)) ** sp.Rational(1, 3)) == 0  # below 1
assert sp.simplify(sp.Rational(1, 4) / sp.sqrt(sp.Rational(1, 2)) - sp.sqrt(2) / 4) == 0
for name, a, choices in (("init_signal_max", 0.5, 2), ("init_noise_max", np.sqrt(2) / 4, 2 * N)):
    needed = np.log(choices / DELTA) / -np.log(ndtr(a))
    print(f"{name:<15}: {-1 / np.log(ndtr(a)):.2f} log({choices}/delta), so m >= {np.ceil(needed):.0f} filters")

# %% [markdown]
# ### 4. Counts: `class_counts`, `active_filters`, `active_samples`
#
# *Hoeffding.* A count is a sum of $N$ independent indicators of probability $q$. Let
# $\psi(\lambda)=\log(1-q+qe^\lambda)-q\lambda$. Then $\psi(0)=\psi'(0)=0$ and $\psi''=u(1-u)\le\frac14$ with
# $u=qe^\lambda/(1-q+qe^\lambda)$, so $\psi\le\lambda^2/8$, and Chernoff gives
# $P(\text{count}\ge qN+t)\le\min_\lambda e^{N\lambda^2/8-\lambda t}=e^{-2t^2/N}$; the same below.
#
# - `class_counts`: six counts, two sides each, $t^2=\frac n2\log\frac{12}\delta$: $12\cdot\frac\delta{12}=\delta$.
# - `active_filters`: given $\xi_i$, a filter is active with probability $\frac12$, and $0.4m$ is $t=\frac m{10}$
#   below: $ne^{-m/50}\le\frac\delta2$ if $m\ge50\log(2n/\delta)$.
# - `active_samples`: given $w_{jr}^{(0)}$, a sample is active and of class $j$ with probability $\frac14$ (two
#   independent coins), and $\frac n8$ is $t=\frac n8$ below: $2me^{-n/32}\le\frac\delta2$ if $n\ge32\log(4m/\delta)$.
#
# The binomial tail itself says how much Hoeffding gives away.

# %%
q, free = sp.Symbol("q", positive=True), sp.Symbol("lambda", real=True)
psi = sp.log(1 - q + q * sp.exp(free)) - q * free
u = q * sp.exp(free) / (1 - q + q * sp.exp(free))
assert psi.subs(free, 0) == 0
assert sp.simplify(sp.diff(psi, free).subs(free, 0)) == 0
assert sp.simplify(sp.diff(psi, free, 2) - u * (1 - u)) == 0
y = sp.Symbol("y")
assert sp.expand(sp.Rational(1, 4) - y * (1 - y) - (y - sp.Rational(1, 2)) ** 2) == 0
count = sp.Symbol("N", positive=True)
(best,) = sp.solve(sp.diff(count * lam**2 / 8 - lam * t, lam), lam)
hoeffding = sp.exp((count * lam**2 / 8 - lam * t).subs(lam, best))
assert sp.simplify(hoeffding - sp.exp(-2 * t**2 / count)) == 0

six = 12 * hoeffding.subs({t: sp.sqrt(n / 2 * sp.log(12 / delta)), count: n})
assert sp.simplify(six - delta) == 0
filters = n * hoeffding.subs({t: m / 10, count: m})
assert sp.simplify(filters.subs(m, 50 * sp.log(2 * n / delta)) - delta / 2) == 0
samples = 2 * m * hoeffding.subs({t: n / 8, count: n})
assert sp.simplify(samples.subs(n, 32 * sp.log(4 * m / delta)) - delta / 2) == 0


def smallest(fails):
    """Return the smallest size from which on `fails(size)` is at most delta / 2."""
    return 1 + max(size for size in range(1, 1000) if fails(size) > DELTA / 2)


by_hoeffding = 50 * np.log(2 * N / DELTA), 32 * np.log(4 * 10 / DELTA)
exactly = (
    smallest(lambda size: N * binom.cdf(np.ceil(0.4 * size) - 1, size, 0.5)),
    smallest(lambda size: 20 * binom.cdf(np.ceil(size / 8) - 1, size, 0.25)),
)
for name, safe, exact in zip(("filters (n = 20)", "samples (m = 10)"), by_hoeffding, exactly, strict=True):
    assert exact < safe
    print(f"{name}: Hoeffding asks for {safe:.0f}, the binomial tail for {exact}")

# %% [markdown]
# ### 5. Counts above a threshold: `active_filters_threshold`, `active_samples_threshold`
#
# With mini-batches a product barely above 0 can be lost before its own batch comes (notebook 03, part 6), so the
# proof counts only those above $\sigma_0\sigma_p\sqrt d/\sqrt2$. Given $\xi_i$, a filter is above with probability
# $\Phi(-\sigma_p\sqrt{d/2}/\|\xi_i\|)$. On the event of part 1 that is at least $\Phi(-1)=0.159$; this is where
# $\Phi(-1)$ comes from. In truth $\|\xi_i\|\approx\sigma_p\sqrt d$, and it is close to $\Phi(-1/\sqrt2)=0.240$.
#
# - Filters: $0.8\,\Phi(-1)m$ is a fifth below the guaranteed mean, and half of the true one.
# - Samples: the class costs a factor $\frac12$, and $\frac14\Phi(-1)n$ is half of the guaranteed mean.
#
# No constant in front of a logarithm is stated for these two; the suite takes the exact binomial tail, with the success
# probability at the $\frac\delta{4n}$ quantile of the norms (then all norms together take $\frac\delta4$).

# %%
assert abs(PHI - 0.5 * erfc(1 / np.sqrt(2))) < 1e-15
assert sp.sqrt(sp.Rational(1, 2)) / sp.sqrt(sp.Rational(1, 2)) == 1  # at the least norm: one standard deviation
print(f"Phi(-1) = {PHI:.4f}, Phi(-1/sqrt(2)) = {ndtr(-np.sqrt(0.5)):.4f}")
for dimension in (120, 2000, 10**6):
    above = active_probability(dimension, DELTA / (4 * N))
    assert above >= PHI
    needed = smallest(lambda size, above=above: N * binom.cdf(np.ceil(0.8 * PHI * size) - 1, size, above))
    print(f"d = {dimension:7}: a filter is above with probability >= {above:.4f}; m >= {needed} filters")

# %% [markdown]
# ### 6. Batches: `batch_balance`
#
# The permutation does not look at labels. So the $B$ samples of one batch are independent, and each is clean and of
# class $j$ with probability $\frac{1-p}2$. Let $q$ be the probability that a batch is out of balance,
#
# $$q\le2\,P\bigl(\mathrm{Bin}(B,\tfrac{1-p}2)\notin[\tfrac B4,\tfrac{3B}4]\bigr).$$
#
# The *batches* of an epoch are not independent of each other given the data, but the mean share of unbalanced ones is
# $q$ all the same, and Markov's inequality says that it is above one half with probability at most $2q$. "A constant
# fraction of the batches" is thus one half here, a constant that was chosen.

# %%
for flips in (0.0, 0.1, 0.3):
    out = [2 * (1 - np.diff(binom.cdf((np.ceil(b / 4) - 1, 3 * b // 4), b, (1 - flips) / 2))[0]) for b in (20, 40, 80)]
    print(f"p = {flips}: 2 q <= {2 * out[0]:8.1e} (B = 20), {2 * out[1]:8.1e} (B = 40), {2 * out[2]:8.1e} (B = 80)")

# %% [markdown]
# ## Numbers
#
# All fourteen, each in the first world that the suite looks at it in, 200 draws: how often it failed, against how often
# the derived probability lets it fail at most, in the mean. The claims and the hypotheses are those that
# `pytest verify/` checks; $\delta=0.05$. Where the hypothesis is an exact tail, $\delta$ over its margin is the derived
# probability; the others are computed from the formulas above.

# %%
derived = {
    "class_counts": lambda s: DELTA,
    "noise_signal": lambda s: DELTA / 3,
    "init_signal": lambda s: DELTA / 3,
    "noise_cross": lambda s: s.n * norm_tail(s.d) + float(cross.subs({n: s.n, delta: DELTA})),
    "active_filters": lambda s: float(filters.subs({n: s.n, m: s.m})),
    "active_samples": lambda s: float(samples.subs({n: s.n, m: s.m})),
}
DRAWS = 200
STARTS = [statement for statement in catalogue.values() if ".concentration." in statement.module]
assert len(STARTS) == 14
for statement in STARTS:
    world = statement.worlds[0]
    seen = list(observe(world, range(DRAWS)))
    margins = statement.hypotheses(seen[0])
    assert all(margin >= 1 for margin in margins.values())
    s = world.setting
    limit = derived[statement.id](s) if statement.id in derived else DELTA / min(margins.values())
    assert limit <= DELTA
    failed = sum(not all(found.holds for found in statement.claim(o)) for o in seen)
    assert binom.sf(failed - 1, DRAWS, limit) > 0.001  # not more than chance allows
    sizes = f"n = {s.n}, d = {s.d}, m = {s.m}"
    print(
        f"{statement.id:<25} {sizes:<25} failed {failed} of {DRAWS}, derived: at most {DRAWS * limit:5.2f} in the mean"
    )

# %% [markdown]
# Where the exact probability is at hand, the union bound can be compared with it: independent norms, and independent
# products with the signal.

# %%
one_norm, one_product = norm_tail(120), 2 * ndtr(-np.sqrt(2 * np.log(6 * N / DELTA)))
print(f"norms, d = 120, n = 20: exactly {1 - (1 - one_norm) ** N:.4f}, union bound {N * one_norm:.4f}")
print(f"products with the signal: exactly {1 - (1 - one_product) ** N:.4f}, derived {DELTA / 3:.4f}")
assert 1 - (1 - one_norm) ** N <= N * one_norm
assert 1 - (1 - one_product) ** N <= DELTA / 3

# %% [markdown]
# ## Picture
#
# Left: the probability that one of 20 norms leaves its band, exactly, by the exact union bound's two tails and by
# Chernoff. Right: the probability that one of 20 samples is seen by fewer than $0.4m$ filters, by Hoeffding and by the
# binomial tail (it saws, since $0.4m$ is rounded up). The line is $\delta=0.05$, the dots are where the statements
# start to apply: at most $\delta$ on the left, $\delta/2$ on the right.

# %%
figure, (left, right) = plt.subplots(1, 2, sharey=True)
dimensions = np.arange(10, 261)
for label, values, style in (
    ("Chernoff", 2 * N * np.exp(-h_above * dimensions), "C3--"),
    ("exact, above $3d/2$", N * chdtrc(dimensions, 1.5 * dimensions), "C4-."),
    ("exact, below $d/2$", N * chdtr(dimensions, dimensions / 2), "C5:"),
    ("exact, both", N * np.array([norm_tail(dimension) for dimension in dimensions]), "C2-"),
):
    left.semilogy(dimensions, values, style, label=label)
starts = brentq(lambda dim: N * norm_tail(dim) - DELTA, 10, 200), np.log(2 * N / DELTA) / h_above
left.plot(starts, [DELTA] * 2, "ko", ms=4)
left.set(
    xlabel="dimension $d$", ylabel="bound of the failure probability", title="noise_norms, $n=20$", ylim=(1e-5, 10)
)
sizes = np.arange(10, 421)
right.semilogy(sizes, N * np.exp(-sizes / 50), "C3--", label="Hoeffding")
right.semilogy(sizes, N * binom.cdf(np.ceil(0.4 * sizes) - 1, sizes, 0.5), "C2-", lw=0.8, label="binomial tail")
right.plot([exactly[0], by_hoeffding[0]], [DELTA / 2] * 2, "ko", ms=4)
right.set(xlabel="filters $m$ of each sign", title="active_filters, $n=20$")
for axis in (left, right):
    axis.axhline(DELTA, color="black", lw=0.8)
    axis.legend()
plt.show()

# %% [markdown]
# ## What would break it
#
# The controls of the suite: a world outside the hypotheses, or a constant that the derivation does not give. They
# must fail far more often than $\delta$.

# %%
for statement in STARTS:
    for control in statement.controls:
        claim = control.claim or statement.claim
        world = (control.worlds or statement.worlds)[0]
        failed = sum(not all(found.holds for found in claim(o)) for o in observe(world, range(50)))
        assert failed > 0.2 * 50
        print(f"{statement.id:<25} {control.why:<38} failed {failed} of 50")

# %% [markdown]
# Nothing here survives *heavy tails*: with a finite variance only, $\|\xi_i\|^2$ still concentrates, but the products
# have no logarithm and a power of $n$ in its place. *Correlated* coordinates change $d$ to the effective dimension
# $\mathrm{tr}(\Sigma)^2/\mathrm{tr}(\Sigma^2)$.
#
# ## References
#
# - Chen, Zhang, Kou, Chen, Hsieh, Gu: *Why Does Sharpness-Aware Minimization Generalize Better Than SGD?*,
#   arXiv:2310.07269.
# - Kou, Chen, Chen, Gu: *Benign Overfitting in Two-layer ReLU Convolutional Neural Networks*, arXiv:2303.04145.
# - W. Hoeffding: *Probability inequalities for sums of bounded random variables*, Journal of the American Statistical
#   Association 58 (1963).
