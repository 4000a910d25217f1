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
# # The scale of the coefficients under SGD
#
# ![Signal learned against noise memorised: what grows, and how fast](../figures/gallery/race.svg)
#
# What SGD has learned at any time, filter by filter and sample by sample, and that nothing else matters: margins are
# memorised noise, all samples are memorised at nearly the same speed, and who was awake stays awake.
#
# *What is certain and what was rebuilt.* That these are the steps of the paper's analysis of SGD is certain, and so are
# the orders of magnitude. The constants were derived here: the 2 of $\gamma\le2n\,\mathrm{SNR}^2\alpha$, the cross
# terms of `inner_product_tracking`, $\kappa$ of `margin_is_memorisation`, the lead of `balanced_logits`, and the
# conditions of `activation_persistence` and of $\alpha$. The code that uses them is `theorems/sgd/path.py`.
#
# ## What you need to know
#
# - From 01: the recursions of $\gamma$ and $\rho$. From 02: a typical start.
# - Every coefficient is a sum of the same slopes, so one bounds another through the ratio of the factors in front.
# - Cross terms, products of two different noise patches, are $\sqrt d$ times smaller than a patch's own length
#   squared.
# - The result: the margin of a sample *is* the noise of it that was memorised, up to a constant.
#
# ## Statement
#
# Setting of Definition 2.1 and Section 2.2. SGD runs for $T^*$ epochs from a typical start, by which we mean
#
# $$\tfrac12\sigma_p^2d \le \|\xi_i\|^2 \le \tfrac32\sigma_p^2d,\qquad
# |\langle\xi_i,\xi_k\rangle| \le 2\sigma_p^2\sqrt{dL},\qquad
# |\langle\xi_i,\mu\rangle| \le \|\mu\|\sigma_p\sqrt{2L'},$$
#
# with $L=\log(6n^2/\delta)$ and $L'=\log(6n/\delta)$. Write
#
# - $\alpha = 4\log T^*$, $\ \beta = 2\max_{j,r,i}\{|\langle w_{jr}^{(0)},\mu\rangle|,
#   (P-1)|\langle w_{jr}^{(0)},\xi_i\rangle|\}$,
# - $s = \eta(P-1)^2\sigma_p^2d/(Bm)$, about what one step adds to an active noise coefficient while $\ell'=-1$,
# - $\Gamma = 2n\,\mathrm{SNR}^2\alpha$, $\ \theta = 4n\sqrt{L/d}\,\alpha + (P-1)\Gamma\sigma_p\sqrt{2L'}/\|\mu\|$,
# - $\kappa = \tfrac32\beta + 2\theta + \Gamma + 2n\alpha\|\mu\|\sqrt{2L'}/((P-1)\sigma_pd)$,
# - $\chi = 4n\sqrt{L/d} + 2n\|\mu\|\sqrt{2L'}/((P-1)\sigma_pd)$, the cross terms of an epoch,
# - $z_i = y_if(W,x_i)$ and $x_i = \frac1m\sum_r\overline\rho_{y_i,r,i}$: margin and memorisation of sample $i$.
#
# Then, at every step, under the margins that `path.hypotheses` returns:
#
# 1. $|\gamma_{jr}| \le \Gamma$;
# 2. $|(P-1)\langle w_{jr}-w_{jr}^{(0)},\xi_i\rangle - \rho_{jri}| \le \theta$;
# 3. $\underline\rho_{jri} \ge -\beta/2-\theta-\tfrac32s \ge -\alpha$, and
#    $\underline\rho_{jri} \ge -\beta-10n\sqrt{L/d}\,\alpha$ under the margins of `coefficient_scale`;
# 4. $|z_i - x_i| \le \kappa$;
# 5. $\ell'_i/\ell'_k \le e^5$, if
#    $\log(q+(q-1)e^\kappa)+4\kappa+3s \le 5$, with $q$ the largest ratio of the speeds of memorisation;
# 6. own pairs ($j=y_i$) whose product starts beyond the drift stay active, if $\chi\le 1/(2e^5)$;
# 7. $\overline\rho_{jri} \le \alpha$, if $\tfrac32s\,(1+e^\kappa T^{*1/5}) \le \alpha/2$ and $0.4m$ filters persist.
#
# ## Idea
#
# Every coefficient is a sum of the same slopes $|\ell'_i|$, so one coefficient bounds another through the ratio of
# the factors in front. Everything else is bookkeeping of cross terms, which are small because the vectors are nearly
# orthogonal. The parts lean on each other, and are proved together by induction over the steps (part 8).

# %%
"""The scale of the coefficients under SGD: derivations, and numbers beside them."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

from dynamics import draw
from theorems.sgd import (
    activation_persistence,
    balanced_logits,
    coefficient_scale,
    inner_product_tracking,
    margin_is_memorisation,
    path,
)
from theorems.statement import Observation
from verify.observe import observe

n, d, m, B, P, eta, mu, sigma_p = sp.symbols("n d m B P eta mu sigma_p", positive=True)  # mu is the length
L, L1, alpha, beta, kappa, T, s = sp.symbols("L L1 alpha beta kappa T s", positive=True)  # L1 is L'
SNR = mu / ((P - 1) * sigma_p * sp.sqrt(d))
shortest, longest = sigma_p**2 * d / 2, 3 * sigma_p**2 * d / 2  # of ||xi_i||^2
noise_cross, noise_signal = 2 * sigma_p**2 * sp.sqrt(d * L), mu * sigma_p * sp.sqrt(2 * L1)


def same(left, right):
    """Say whether two expressions are equal for positive symbols and P > 1."""
    more = sp.Symbol("more", positive=True)  # P - 1
    return sp.simplify(sp.expand(left - right).subs(P, 1 + more)) == 0


# %% [markdown]
# ## Derivation
#
# ### 1. The signal: `coefficient_scale`
#
# In one step sample $i$ adds to $\gamma_{jr}$ at most $\eta\|\mu\|^2|\ell'_i|/(Bm)$ in size, whether it is clean or
# flipped. Let $r^*_i$ be a filter of sign $y_i$ that stays active on $\xi_i$ (part 6). In the same step it gains
# exactly $\eta(P-1)^2\|\xi_i\|^2|\ell'_i|/(Bm)$. The unknown slope cancels:
#
# $$|\gamma_{jr}| \le \sum_{i=1}^n \frac{\|\mu\|^2}{(P-1)^2\|\xi_i\|^2}\,\overline\rho_{y_i,r^*_i,i}.$$
#
# Then $\overline\rho\le\alpha$ and $\|\xi_i\|^2\ge\sigma_p^2d/2$.

# %%
slope, xi_square = sp.symbols("slope xi_square", positive=True)  # |l'_i| and ||xi_i||^2
to_gamma = eta * mu**2 * slope / (B * m)
to_rho = eta * (P - 1) ** 2 * xi_square * slope / (B * m)
ratio = sp.simplify(to_gamma / to_rho)
assert slope not in ratio.free_symbols
Gamma = n * alpha * ratio.subs(xi_square, shortest)
assert same(Gamma, 2 * n * SNR**2 * alpha)
print("gamma <=", sp.simplify(Gamma / SNR**2), "SNR^2")

# %% [markdown]
# ### 2. Products track coefficients: `inner_product_tracking`
#
# Take the inner product of the decomposition with $\xi_i$. The term $k=i$ of the sum is $\rho_{jri}$ itself. What is
# left are the cross terms
#
# $$(P-1)\langle w_{jr}-w_{jr}^{(0)},\xi_i\rangle-\rho_{jri} = \sum_{k\ne i}\rho_{jrk}
# \frac{\langle\xi_k,\xi_i\rangle}{\|\xi_k\|^2} + (P-1)\,j\gamma_{jr}\frac{\langle\mu,\xi_i\rangle}{\|\mu\|^2}.$$
#
# Bound the $n-1$ coefficients by $\alpha$, the one of the signal by $\Gamma$, and the products by the typical start.

# %%
vectors = [sp.Matrix(sp.symbols(f"{name}_1:4")) for name in ("mu", "xi1", "xi2", "xi3")]
signal, *noise = vectors
j, gamma, rho = sp.Symbol("j"), sp.Symbol("gamma"), sp.symbols("rho1:4")
moved = j * gamma * signal / signal.dot(signal)
moved += sum((r * xi / xi.dot(xi) for r, xi in zip(rho, noise, strict=True)), sp.zeros(3, 1)) / (P - 1)
cross = sum(rho[k] * noise[k].dot(noise[0]) / noise[k].dot(noise[k]) for k in (1, 2))
cross += (P - 1) * j * gamma * signal.dot(noise[0]) / signal.dot(signal)
assert sp.simplify(sp.expand((P - 1) * moved.dot(noise[0]) - rho[0] - cross)) == 0

theta = n * alpha * noise_cross / shortest + (P - 1) * Gamma * noise_signal / mu**2
assert same(theta, 4 * n * sp.sqrt(L / d) * alpha + (P - 1) * Gamma * sigma_p * sp.sqrt(2 * L1) / mu)
print("one pair of noise patches adds at most", sp.simplify(noise_cross / shortest), "of a coefficient")

# %% [markdown]
# ### 3. The other class: `coefficient_scale`
#
# Let $y_i=-j$, so $\rho_{jri}\le0$. If the pair is active then
# $0 < (P-1)\langle w_{jr},\xi_i\rangle \le \beta/2+\rho_{jri}+\theta$, so $\rho_{jri} > -\beta/2-\theta$. An inactive
# coefficient rests. An active one falls by at most $\eta(P-1)^2\|\xi_i\|^2/(Bm)\le\tfrac32s$. Hence always
#
# $$\underline\rho_{jri} \ge -\tfrac\beta2-\theta-\tfrac32s.$$
#
# **Why this is above $-\alpha$ without another hypothesis.** Part 5 asks that $4\kappa\le5$, and
# $\beta/2+\theta\le\kappa$, so the first two terms are at most $5/4$. Part 7 asks that
# $\tfrac32s(1+e^\kappa T^{*1/5})\le\alpha/2$, and the bracket is at least 2, so $\tfrac32s\le\alpha/4$. Both together
# give $5/4+\alpha/4\le\alpha$ as soon as $\alpha\ge5/3$, which is $T^*\ge2$; for $T^*=1$, $\alpha=0$ and part 7 is not
# met.
#
# **The form of the paper.** If $(P-1)\Gamma\sigma_p\sqrt{2L'}/\|\mu\| \le n\sqrt{L/d}\,\alpha$, then
# $\theta\le5n\sqrt{L/d}\,\alpha$, and the bound is $-\beta/2-5n\sqrt{L/d}\,\alpha-\tfrac32s$. If $\tfrac32s$ is at most
# half of $\beta+10n\sqrt{L/d}\,\alpha$, that is at least $-\beta-10n\sqrt{L/d}\,\alpha$. The first condition is
# $2\,\mathrm{SNR}\sqrt{2L'}\le\sqrt L$.

# %%
through_signal = (P - 1) * Gamma * sigma_p * sp.sqrt(2 * L1) / mu
assert same(through_signal / (n * sp.sqrt(L / d) * alpha), 2 * SNR * sp.sqrt(2 * L1) / sp.sqrt(L))
assert 4 * sp.log(2) > sp.Rational(5, 3)
print("alpha at two epochs:", round(float(4 * sp.log(2)), 2), "and 5/3 is needed")

# %% [markdown]
# ### 4. The margin is the memorised noise: `margin_is_memorisation`
#
# $$z_i = \frac1m\sum_r\bigl[\mathrm{relu}\langle w_{y_ir},\hat y_i\mu\rangle + (P-1)\,\mathrm{relu}\langle
# w_{y_ir},\xi_i\rangle\bigr] - \frac1m\sum_r\bigl[\mathrm{relu}\langle w_{-y_ir},\hat y_i\mu\rangle +
# (P-1)\,\mathrm{relu}\langle w_{-y_ir},\xi_i\rangle\bigr].$$
#
# With $e=\beta/2+\theta$:
#
# - own class: $\overline\rho=\mathrm{relu}(\overline\rho)$ and relu is 1-Lipschitz, so the noise part is within $e$ of
#   $\overline\rho_{y_ir,i}$;
# - other class: the noise part is in $[0,e]$, since $\underline\rho\le0$;
# - signal: each part is in $[0,S]$, $S=\beta/2+\Gamma+{}$cross terms
#   $\sum_k|\rho_{jrk}||\langle\xi_k,\mu\rangle|/((P-1)\|\xi_k\|^2)$; the difference is in $[-S,S]$.
#
# So $-2e-S\le z_i-x_i\le e+S$. Below, $\kappa$ is the larger one; above, half a $\beta$ and a $\theta$ are to spare.

# %%
th = sp.Symbol("theta", positive=True)
e = beta / 2 + th
through_noise = n * alpha * noise_signal / ((P - 1) * shortest)
assert same(through_noise, 2 * n * alpha * mu * sp.sqrt(2 * L1) / ((P - 1) * sigma_p * d))
S = beta / 2 + Gamma + through_noise
below, above = 2 * e + S, e + S
kappa_here = sp.Rational(3, 2) * beta + 2 * th + Gamma + through_noise
assert same(below, kappa_here)
assert same(kappa_here - above, beta / 2 + th)
print("kappa exceeds what is needed above by", kappa_here.expand() - above.expand())

# %% [markdown]
# ### 5. Slopes stay balanced: `balanced_logits`
#
# In epoch $t$ sample $i$ gains $a_i=v_i|\ell'_i|$ with a speed $v_i$ between `speeds(o)[0]` (the filters that
# persist) and `speeds(o)[1]` (all that cross terms could make active:
# $\langle w^{(0)}_{jr},\xi_i\rangle(P-1)>-\theta$, as the product is at most its start $+\,\rho+\theta$ and $\rho=0$
# until the first time that it is active). Let $q$ be the largest quotient of two speeds.
#
# *Who leads gains less.* Let $z_i-z_k=D$. Then $a_i\le a_k$ if $q\,(1+e^{z_k})\le1+e^{z_k+D}$, that is
# $D\ge\log(q+(q-1)e^{-z_k})$. Since $x_k\ge0$, $z_k\ge-\kappa$, and $D\ge\log(q+(q-1)e^\kappa)=:D_0$ is enough.
#
# *From margins to memorisation.* The slope of a sample is taken when its batch comes, and until then its $x$ has not
# moved in this epoch. So if $x_i-x_k\ge D_0+2\kappa$ at the start of an epoch, then $z_i-z_k\ge D_0$ for the margins at
# the two visits, and the gap $x_i-x_k$ does not grow in this epoch. Otherwise it grows by at most
# $v_i\le\tfrac32s$. So at the starts of epochs $x_i-x_k\le D_0+2\kappa+\tfrac32s$. Inside an epoch $i$ may have had
# its batch before $k$, which adds another $\tfrac32s$; and for margins add $2\kappa$:
#
# $$z_i-z_k\le D_0+4\kappa+3s\le5,\qquad x_i-x_k\le D_0+2\kappa+3s\le5-2\kappa.$$
#
# *Slopes.* $\dfrac{\ell'_k}{\ell'_i}=\dfrac{1+e^{z_i}}{1+e^{z_k}}\le\max(1,e^{z_i-z_k})\le e^5$. The same holds for
# slopes taken at two visits in one epoch, where $z_i-z_k\le D_0+4\kappa+\tfrac32s$.

# %%
D, z, q = sp.symbols("D z q", real=True)
gain_i, gain_k = q / (1 + sp.exp(z + D)), 1 / (1 + sp.exp(z))
even = sp.log(q + (q - 1) * sp.exp(-z))
assert sp.simplify(gain_i.subs(D, even) - gain_k) == 0
assert sp.simplify(sp.diff(gain_i, D) + q * sp.exp(z + D) / (1 + sp.exp(z + D)) ** 2) == 0  # it falls with the lead
assert sp.simplify(sp.diff(sp.exp(even), z) + (q - 1) * sp.exp(-z)) == 0  # and `even` falls with z: worst at -kappa
ratio_of_slopes = (1 + sp.exp(z + D)) / (1 + sp.exp(z))
assert sp.simplify(sp.exp(D) - ratio_of_slopes - (sp.exp(D) - 1) / (1 + sp.exp(z))) == 0  # >= 0 for D >= 0
for quotient in (1.0, 1.5, 3.0):
    print(f"q = {quotient}: a lead of {float(even.subs({q: quotient, z: -0.3})):.2f} is enough at kappa = 0.3")

# %% [markdown]
# ### 6. Activations persist: `activation_persistence`
#
# Follow $(P-1)\langle w_{jr},\xi_i\rangle$, $j=y_i$, $i$ fixed, while the pair is active at each of its visits.
#
# - Its own visit adds $\eta(P-1)^2\|\xi_i\|^2|\ell'_i|/(Bm)\ge\tfrac12s|\ell'_i|$.
# - In an epoch every other sample comes once and takes at most
#   $\eta(P-1)^2|\ell'_k|\,2\sigma_p^2\sqrt{dL}/(Bm)$; the signal takes at most
#   $(P-1)\eta\|\mu\|\sigma_p\sqrt{2L'}\sum_k|\ell'_k|/(Bm)$. Together at most $\tfrac12s\,\chi\max_k|\ell'_k|$.
#
# *A completed epoch.* By part 5 the slopes at the visits are within $e^5$, so the loss is at most $e^5\chi\le\tfrac12$
# of the gain, and the product has grown. *A begun epoch* may have taken $\tfrac12s\chi$ before the pair's visit. So a
# product that starts above $\tfrac12s\chi$ is positive at every visit. The code asks for $3s\chi$, six times as much.
# *Full batches:* loss and gain come in the same step, and a product above 0 is enough.

# %%
own_gain = eta * (P - 1) ** 2 * shortest / (B * m)
others_take = n * eta * (P - 1) ** 2 * noise_cross / (B * m)
signal_takes = n * (P - 1) * eta * noise_signal / (B * m)
chi = 4 * n * sp.sqrt(L / d) + 2 * n * mu * sp.sqrt(2 * L1) / ((P - 1) * sigma_p * d)
assert same((others_take + signal_takes) / own_gain, chi)
assert same(own_gain, eta * (P - 1) ** 2 * sigma_p**2 * d / (B * m) / 2)
print("the loss of an epoch over the pair's own gain, at equal slopes:", sp.simplify(others_take / own_gain), "+ ...")

# %% [markdown]
# ### 7. $\alpha$ is not exceeded: `coefficient_scale`
#
# Let $\overline\rho_{y_i,r,i}$ be the first coefficient of sample $i$ to pass $\alpha/2$. The step that carries it over
# adds at most $\tfrac32s$. From then on every *persistent* filter has at least as large a coefficient, since it gained
# at every visit, and there are $0.4m$ of them: $x_i\ge0.4\cdot\alpha/2$ and $z_i\ge0.2\alpha-\kappa$. With one visit an
# epoch, the rest of training adds at most
#
# $$T^*\cdot\tfrac32s\,e^{-z_i}\le\tfrac32s\,T^*e^{\kappa-0.2\alpha}=\tfrac32s\,e^\kappa T^{*1/5}.$$
#
# The sum $\tfrac32s(1+e^\kappa T^{*1/5})$ is at most $\alpha/2$ by hypothesis. The 4 of $\alpha=4\log T^*$ is what
# makes the exponent $1-0.4\cdot4/2=1/5$ small.

# %%
rest = sp.Rational(3, 2) * s * T * sp.exp(kappa - sp.Rational(2, 5) * alpha / 2)
after = sp.simplify(rest.subs(alpha, 4 * sp.log(T)))
assert same(after, sp.Rational(3, 2) * s * sp.exp(kappa) * T ** sp.Rational(1, 5))
print("the rest of training adds at most", after)

# %% [markdown]
# ### 8. The induction
#
# Suppose all parts hold up to a step. Parts 1 and 7 (with the slopes so far) bound the coefficients after the step,
# part 3 the coefficients of the other class; these give parts 2 and 4 after the step; part 4 gives part 5, and part 5
# with completed epochs gives part 6, which the next step needs. Nothing is used before it is there: parts 1 and 7
# look at slopes and activations of the past only.

# %% [markdown]
# ## Numbers
#
# Two small worlds at $d=10^{12}$ with $n\,\mathrm{SNR}^2=0.001$, full batches and mini-batches. First the margins: each
# must be at least 1 for the statements to be proved.

# %%
full = path.world(n=20, B=20, m=300, epochs=300)
batches = path.world(n=20, B=10, m=300, epochs=300, p=0.0)
runs = {"full batches": next(observe(full, range(1))), "B = n/2": next(observe(batches, range(1)))}
for name, o in runs.items():
    print(name)
    for margin, value in path.hypotheses(o).items():
        assert value >= 1
        print(f"  {margin:<32} {value:8.2f}")

# %% [markdown]
# Measured against bound. Where the bound is loose it is because $\alpha$ bounds every coefficient at all times, while
# most are of order one.

# %%
statements = (
    coefficient_scale,
    inner_product_tracking,
    margin_is_memorisation,
    balanced_logits,
    activation_persistence,
)
for name, o in runs.items():
    print(name)
    for statement in statements:
        for found in statement.claim(o):
            assert found.holds
            print(f"  {found.label:<66} {found.measured:9.2g} {found.sense} {found.bound:.2g}")

# %% [markdown]
# The parts that no statement prints: the bound of part 3 without further hypotheses, the two sides of part 4, and
# the lead of part 5.

# %%
o = runs["full batches"]
bounds, own = path.path_bounds(o), o.sample.own
other_class = np.where(own, 0.0, o.trained.rho).min()
least = -bounds.beta / 2 - bounds.tracking - 1.5 * bounds.step
assert other_class >= least
print(f"part 3: min rho_under {other_class:.3f} >= {least:.3f}")
gap = path.margins_of(o) - path.memorisation_of(o)
assert np.abs(gap).max() <= bounds.kappa
print(f"part 4: {-bounds.kappa:.3f} <= {gap.min():.4f}, {gap.max():.4f} <= {bounds.kappa:.3f}")
slow, fast = path.speeds(o)
quotient = fast.max() / slow.min()
lead = np.log(quotient + (quotient - 1) * np.exp(bounds.kappa)) + 4 * bounds.kappa + 3 * bounds.step
margins = path.margins_of(o)
assert np.ptp(margins, axis=1).max() <= lead
print(f"part 5: q = {quotient:.2f}, largest lead of a margin {np.ptp(margins, axis=1).max():.3f} <= {lead:.2f}")
# %% [markdown]
# ## Picture
#
# The first world (full batches, $n=20$, $m=300$, $d=10^{12}$). Left: margin against memorisation, all samples at all
# times, and the band of part 4. Right: the largest quotient of two slopes at each time, against the bound $e^5$ and
# against $e$ to the lead of part 5. Both bounds are loose here: they add up the worst of every filter and sample.

# %%
figure, (left, right) = plt.subplots(1, 2)
x_i = path.memorisation_of(o)
left.plot(x_i, margins, ".", color="C0", ms=1)
line = np.array([0, x_i.max()])
left.plot(line, line + bounds.kappa, "k--", label=rf"$z = x \pm \kappa$, $\kappa = {bounds.kappa:.2f}$")
left.plot(line, line - bounds.kappa, "k--")
left.set(xlabel="memorisation $x_i$ (no unit)", ylabel="margin $z_i$ (no unit)")
slopes = 1 / (1 + np.exp(margins))
quotients = slopes.max(1) / slopes.min(1)
assert quotients.max() <= np.exp(lead) <= np.exp(5)
right.semilogy(o.trained.epoch, quotients, label="measured")
right.axhline(np.exp(lead), color="black", ls="--", label="$e$ to the lead of part 5")
right.axhline(np.exp(5), color="black", lw=0.8, label="$e^5$")
right.set(xlabel="epoch $t$", ylabel=r"$\max_{i,k}\ \ell'_i/\ell'_k$")
right.legend()
left.legend()
plt.show()

# %% [markdown]
# ## What would break it
#
# Each margin guards one step of the proof. Noise that overlaps (small $d$), too few filters, a strong signal
# ($n\,\mathrm{SNR}^2$ of order one, so that $\kappa$ is), a large start or a large step: the margins that fall below
# 1 are printed. The statements themselves fail later than their proofs; where they do is shown by their controls.

# %%
changes = {
    "d = 10^6, same SNR": {"d": 10**6, "mu_norm": full.setting.mu_norm * 1e-3, "sigma_0": full.setting.sigma_0 * 1e3},
    "m = 10 filters": {"m": 10},
    "n SNR^2 = 1": {"mu_norm": full.setting.mu_norm * np.sqrt(1000)},
    "start 20 times larger": {"sigma_0": 20 * full.setting.sigma_0},
    "step 200 times larger": {"eta": 200 * full.setting.eta},
}
for name, change in changes.items():
    setting = full.setting.replace(**change)
    if name.startswith("d ="):
        setting = setting.replace(eta=setting.eta * 1e6)  # the same step in natural units
    broken = Observation(replace(full, setting=setting), 0, draw(setting, 0))
    with np.errstate(over="ignore"):
        failed = [margin for margin, value in path.hypotheses(broken).items() if value < 1]
    assert failed
    print(f"{name:<22}: {'; '.join(failed)}")

# %% [markdown]
# ## References
#
# - Chen, Zhang, Kou, Chen, Hsieh, Gu: *Why Does Sharpness-Aware Minimization Generalize Better Than SGD?*,
#   arXiv:2310.07269.
# - Kou, Chen, Chen, Gu: *Benign Overfitting in Two-layer ReLU Convolutional Neural Networks*, arXiv:2303.04145.
