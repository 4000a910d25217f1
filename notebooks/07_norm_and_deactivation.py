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
# # The norm of the gradient, and the deactivation of filters by SAM
#
# ![Which filters are active on which noise, at W and at W + eps](../figures/gallery/filters.svg)
#
# Why SAM does not learn noise: its ascent step switches off exactly those filters that would.
#
# *What is certain and what was rebuilt.* The key lemma, and the radius $\tau=\Theta(m\sqrt B/(P\sigma_p\sqrt d))$ of
# Theorem 4.1, are certain. The constants were derived here: the hypothesis $B\|\mu\|^2\le2(2P-1)\sigma_p^2d$ of
# `gradient_norm`, the $c$ of `deactivation`, and the bounds of the SAM stage in `theorems/sam/stage.py`.
#
# ## What you need to know
#
# - From 02: a typical start; from 01: the gradient is made of the batch's own patches.
# - SAM looks at $W+\epsilon$, with $\epsilon$ along the gradient and of fixed length $\tau$.
# - An active filter's gradient contains the sample's noise with the sign that raises the loss; so the ascent lowers
#   the product.
# - The result: below zero, where ReLU is off. The step that follows does not learn this noise.
#
# ## Statement
#
# Setting and typical start as in `03_scale_of_coefficients`; $L=\log(6n^2/\delta)$, $L'=\log(6n/\delta)$. SAM looks at
# $W+\epsilon$ with $\epsilon=\tau\nabla L_I(W)/\|\nabla L_I(W)\|_F$.
#
# 1. If $2B\sqrt{L/d}\le\frac12$ and $B\|\mu\|^2\le2(2P-1)\sigma_p^2d$, then
#    $\|\nabla L_I(W)\|_F\le2\sqrt2\,P\sigma_p\sqrt{d/(Bm)}$ at all $W$.
# 2. If moreover $|f(W,x_k)|\le\log3$, then for $k\in I$, $j=y_k$, $\langle w_{jr},\xi_k\rangle>0$:
#    $$-\langle\epsilon_{jr},\xi_k\rangle\ge c\,\frac{\tau\sigma_p\sqrt d}{\sqrt{Bm}},\qquad c=\frac{P-1}P\cdot
#    \frac1{4\sqrt2}\Bigl[\frac14-4(B-1)\sqrt{\frac Ld}-\frac{2B\|\mu\|\sqrt{2L'}}{(P-1)\sigma_pd}\Bigr].$$
# 3. Let all pairs be as in 2 with $c\,\tau\sigma_p\sqrt d/\sqrt{Bm}\ge X$. Then during the SAM stage
#    $|\rho_{jri}|\le(P-1)R$, $\langle w_{y_ir},\xi_i\rangle\le X$, and
#    $|f(W,x_i)|\le F$, with $R$, $X$, $F$ derived below.
#
# ## Idea
#
# An active filter's gradient contains $\xi_k$ itself, with the sign that raises the loss when added. The ascent step
# of fixed length $\tau$ goes along $\nabla L$, and a *small norm* of the gradient makes its part along $\xi_k$
# *long*. So bound the norm from above, the part from below, divide, and compare with what the product can be at most.
# That last bound holds because SAM has kept coefficients small so far: an induction over steps.

# %%
"""The norm of the gradient and SAM's key lemma: derivations, and numbers beside them."""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

from dynamics import Phase
from dynamics.replay import replay
from theorems.concentration.starts import SMALL
from theorems.condition import tau_paper as tau_of
from theorems.sam import deactivation, gradient_norm
from theorems.sam.stage import stage_bounds
from theorems.statement import World
from theorems.worlds import prevention, sam_stage
from verify.observe import observe

n, d, m, B, P, eta, mu, sigma_p, tau = sp.symbols("n d m B P eta mu sigma_p tau", positive=True)  # mu is the length
L, L1 = sp.symbols("L L1", positive=True)  # L1 is L'
shortest, longest = sigma_p**2 * d / 2, 3 * sigma_p**2 * d / 2  # of ||xi_i||^2
noise_cross, noise_signal = 2 * sigma_p**2 * sp.sqrt(d * L), mu * sigma_p * sp.sqrt(2 * L1)
norm_bound = 2 * sp.sqrt(2) * P * sigma_p * sp.sqrt(d / (B * m))


def same(left, right):
    """Say whether two expressions are equal for positive symbols and P > 1."""
    more = sp.Symbol("more", positive=True)  # P - 1
    return sp.simplify(sp.expand(left - right).subs(P, 1 + more)) == 0


# %% [markdown]
# ## Derivation
#
# ### 1. The norm of the gradient: `gradient_norm`
#
# Filter $jr$ has the gradient $\frac1{Bm}[(P-1)v+a\mu]$ with $v=\sum_{i\in I}a_i\xi_i$, $|a_i|\le|\ell'_i|\le1$,
# $|a|\le B$. On the typical start
#
# $$\|v\|^2\le\tfrac32B\sigma_p^2d+B^2\cdot2\sigma_p^2\sqrt{dL}\le2B\sigma_p^2d
# \quad\text{if}\quad2B\sqrt{L/d}\le\tfrac12.$$
#
# With $\|u+w\|^2\le(1+\vartheta)\|u\|^2+(1+1/\vartheta)\|w\|^2$ and $2m$ filters,
#
# $$\|\nabla L_I\|_F^2\le\frac{2m}{B^2m^2}
# \bigl[(1+\vartheta)(P-1)^2\,2B\sigma_p^2d+(1+\tfrac1\vartheta)B^2\|\mu\|^2\bigr].$$
#
# This is at most $8P^2\sigma_p^2d/(Bm)$ if $B\|\mu\|^2\le c_\vartheta P^2\sigma_p^2d$. The suite takes $\vartheta=1$.

# %%
v_square = B * longest + B**2 * noise_cross
assert same(v_square.subs(L, d / (16 * B**2)), 2 * B * sigma_p**2 * d)  # at 2 B sqrt(L/d) = 1/2
vartheta, signal = sp.symbols("vartheta signal", positive=True)  # signal = B ||mu||^2
square = (1 + vartheta) * (P - 1) ** 2 * 2 * B * sigma_p**2 * d + (1 + 1 / vartheta) * B * signal
square *= 2 * m / (B * m) ** 2
(allowed,) = sp.solve(sp.Eq(square, norm_bound**2), signal)
assert same(allowed.subs(vartheta, 1), 2 * (2 * P - 1) * sigma_p**2 * d)
c_theta = sp.simplify(allowed / (P**2 * sigma_p**2 * d))
for patches in (2, 3, 10, 100):
    constants = [float(c_theta.subs({vartheta: value, P: patches})) for value in (1, sp.sqrt(2) - 1)]
    print(f"P = {patches:3}: c = {constants[0]:.3f} with vartheta = 1, {constants[1]:.3f} with sqrt(2) - 1")

# %% [markdown]
# With $\vartheta=1$ the constant $c=2(2P-1)/P^2$ falls like $4/P$: good for a few patches, not a constant for many.
# With $\vartheta=\sqrt2-1$ it is at least $6-4\sqrt2=0.343$ for every $P$. And if $\langle v,\mu\rangle$ is bounded
# by the typical start in place of by Cauchy and Schwarz, $|\langle v,\mu\rangle|\le B\|\mu\|\sigma_p\sqrt{2L'}$, the
# condition becomes $B\|\mu\|^2+2(P-1)B\|\mu\|\sigma_p\sqrt{2L'}\le(4P^2-2(P-1)^2)\sigma_p^2d$, whose right side is at
# least $2P^2\sigma_p^2d$.

# %%
limit = sp.limit(c_theta, P, sp.oo)
best = sp.sqrt(2) - 1
assert sp.simplify(sp.diff(limit, vartheta).subs(vartheta, best)) == 0
assert sp.simplify(limit.subs(vartheta, best) - (6 - 4 * sp.sqrt(2))) == 0
more = sp.Symbol("more", positive=True)  # P - 1
surplus = (c_theta * P**2).subs({vartheta: best, P: 1 + more}) - (6 - 4 * sp.sqrt(2)) * (1 + more) ** 2
assert sp.simplify(surplus - (2 * sp.sqrt(2) - 2) * (1 + 2 * more)) == 0  # positive for every P
with_cross = (P - 1) ** 2 * 2 * B * sigma_p**2 * d + B * signal + 2 * (P - 1) * B * (B * noise_signal)
with_cross *= 2 * m / (B * m) ** 2
condition = signal + 2 * (P - 1) * B * noise_signal - (4 * P**2 - 2 * (P - 1) ** 2) * sigma_p**2 * d
assert same((with_cross - norm_bound**2) * B * m / 2, condition)
print("for all P: B ||mu||^2 <=", round(float(6 - 4 * sp.sqrt(2)), 3), "P^2 sigma_p^2 d is enough")

# %% [markdown]
# ### 2. The ascent step switches a filter off: `deactivation`
#
# Let $k\in I$, $j=y_k$ and $\langle w_{jr},\xi_k\rangle>0$. In
#
# $$\langle\nabla_{jr}L_I,\xi_k\rangle=\frac1{Bm}\sum_{i\in I}\ell'_ijy_i\bigl[(P-1)1(\langle w_{jr},\xi_i\rangle>0)
# \langle\xi_i,\xi_k\rangle+1(\langle w_{jr},\hat y_i\mu\rangle>0)\hat y_i\langle\mu,\xi_k\rangle\bigr]$$
#
# the term $i=k$ is $-(P-1)|\ell'_k|\|\xi_k\|^2$, since $jy_k=1$; the $B-1$ others and the signal are cross terms.
# From $|f|\le\log3$, $|\ell'|=1/(1+e^{yf})\in[\frac14,\frac34]$. So $-Bm\langle\nabla_{jr}L_I,\xi_k\rangle$ is at
# least $(P-1)\frac14\frac{\sigma_p^2d}2-(P-1)(B-1)2\sigma_p^2\sqrt{dL}-B\|\mu\|\sigma_p\sqrt{2L'}$. If that is
# positive, divide by the upper bound of the norm.

# %%
f = sp.log(3)
assert [sp.simplify(1 / (1 + sp.exp(value))) for value in (f, -f)] == [sp.Rational(1, 4), sp.Rational(3, 4)]
part = (P - 1) * shortest / 4 - (P - 1) * (B - 1) * noise_cross - B * noise_signal
shift = tau * part / (B * m) / norm_bound
bracket = sp.Rational(1, 4) - 4 * (B - 1) * sp.sqrt(L / d) - 2 * B * mu * sp.sqrt(2 * L1) / ((P - 1) * sigma_p * d)
c = (P - 1) / P / (4 * sp.sqrt(2)) * bracket
assert same(shift, c * tau * sigma_p * sp.sqrt(d) / sp.sqrt(B * m))
print("c without cross terms, P = 2 and P -> infinity:", [round(float(k / (16 * np.sqrt(2))), 4) for k in (0.5, 1)])

# %% [markdown]
# ### 3. The SAM stage, and the radius: `deactivation`
#
# *Small steps.* $\beta=2\sqrt{\log(12mn/\delta)}\,\sigma_0\sigma_p\sqrt d$ bounds
# $|\langle w^{(0)}_{jr},\xi_i\rangle|$; $s=\frac32\eta(P-1)\sigma_p^2d/(Bm)$ what one step adds to
# $\langle w_{jr},\xi_i\rangle$ through $\xi_i$ itself; $\Gamma=(\text{steps})\,\eta\|\mu\|^2/m$ the total variation
# of $\gamma_{jr}$; $G=\Gamma\sigma_p\sqrt{2L'}/\|\mu\|$ its effect on $\langle w_{jr},\xi_i\rangle$.
#
# *A blind step.* If $i\in I$ and the pair is inactive at $W$, $\epsilon_{jr}$ lies in the span of $\mu$ and the other
# $\xi_k$, and $\|\epsilon_{jr}\|\le\tau$. So $|\langle\epsilon_{jr},\xi_i\rangle|\le\tau\|\Pi\xi_i\|$, $\Pi$ the
# projection on that span. Let $u_0=\mu/\|\mu\|$, $u_k=\xi_k/\|\xi_k\|$, $M$ their Gram matrix and
# $b=(\langle u_k,\xi_i\rangle)_k$. Then $\|\Pi\xi_i\|^2=b^\top M^{-1}b\le\|b\|^2/\lambda_{\min}(M)$. Off the diagonal
# $|M_{kl}|\le4\sqrt{L/d}$ and $|M_{0k}|\le2\sqrt{L'/d}$, and there are $B-1$ entries in a row; by Gershgorin
# $\lambda_{\min}\ge1-4B\sqrt{L/d}$:
#
# $$E=\tau\sigma_p\sqrt{\frac{8(B-1)L+2L'}{1-4B\sqrt{L/d}}}.$$

# %%
unit_products = noise_cross / shortest, noise_signal / (mu * sp.sqrt(shortest))
assert same(unit_products[0], 4 * sp.sqrt(L / d))
assert same(unit_products[1], 2 * sp.sqrt(L1 / d))  # below the first, as L' <= L
b_square = (B - 1) * (noise_cross / sp.sqrt(shortest)) ** 2 + (noise_signal / mu) ** 2
assert same(b_square, sigma_p**2 * (8 * (B - 1) * L + 2 * L1))

# %% [markdown]
# *The coefficients.* Write $\rho'=\rho/(P-1)$, so that $\langle w_{jr}-w^{(0)}_{jr},\xi_i\rangle=\rho'_{jri}+{}$cross
# terms, where the cross terms are at most $\omega R+G$, $\omega=4n\sqrt{L/d}$, if all $|\rho'|\le R$ so far. Look at
# the last step that moved $\rho'_{jri}$: its pair was active at $W+\epsilon$.
#
# - $j=y_i$: an active product at $W$ would have been switched off (part 2). So the product at $W$ was at most 0, the
#   shift was blind, and the product was in $(-E,0]$. Hence $|\rho'|\le E+\beta+\omega R+G$ before the step.
# - $j=-y_i$, product at most 0 at $W$: the same.
# - $j=-y_i$, product positive at $W$: $\rho'\le0$, and $\rho'\ge-\beta-\omega R-G$ before the step.
#
# The step adds at most $s$. With $R$ the solution of $R=E+s+\beta+G+\omega R$ the induction closes.
#
# *The products of own pairs.* If $\rho_{jri}$ never moved, $\langle w_{jr},\xi_i\rangle\le\beta+{}$cross terms. Else,
# before its last move the product was at most 0; that step added at most $s$; and since then (this step included)
# only cross terms changed. They changed by at most $\omega R+G$ and not by twice that: every $\rho'$ is monotone from
# 0, so its change is at most its size, and $\Gamma$ bounds the *total variation* of $\gamma$ ($\gamma$ itself need
# not be monotone). So $X=\max(\beta,s)+\omega R+G$.
#
# *The output.* $|f|\le\max(F_{+1},F_{-1})$. A signal part is at most
# $\Gamma+\sqrt{2\log(12m/\delta)}\,\sigma_0\|\mu\|+nR\,\|\mu\|\sigma_p\sqrt{2L'}/(\sigma_p^2d/2)$, a noise part at
# most $(P-1)X$ for $j=y_i$ and $(P-1)(\beta+\omega R+G)\le(P-1)(\beta+R)$ for $j=-y_i$.

# %%
E, step, beta, G, omega, R = sp.symbols("E s beta G omega R", positive=True)
(solution,) = sp.solve(sp.Eq(R, E + step + beta + G + omega * R), R)
assert sp.simplify(solution - (E + step + beta + G) / (1 - omega)) == 0
assert sp.simplify(solution - (omega * solution + G) - (E + step + beta)) == 0  # so omega R + G <= R
assert same(n * R * noise_signal / shortest, 2 * n * R * mu * sp.sqrt(2 * L1) / (sigma_p * d))
assert same(eta * (P - 1) * longest / (B * m), sp.Rational(3, 2) * eta * (P - 1) * sigma_p**2 * d / (B * m))
print("R =", (E + step + beta + G) / (1 - omega))

# %% [markdown]
# *The induction.* Suppose that all own active pairs were switched off at all steps so far. Then $R$, $X$, $F$ hold
# now; $F\le\log3$ gives $|\ell'|\ge\frac14$; part 2 gives a shift of at least
# $c\,\tau\sigma_p\sqrt d/\sqrt{Bm}\ge X\ge\langle w_{y_kr},\xi_k\rangle$, and the pairs are switched off at this
# step.
#
# *The radius.* At the radius of Theorem 4.1 with constant 1, $\tau=m\sqrt B/(P\sigma_p\sqrt d)$, the shift is
# $c\sqrt m/P$. What is needed is $\tau\ge(X/c)\sqrt{Bm}/(\sigma_p\sqrt d)$: the proof asks for $\sqrt{Bm}$ where the
# theorem offers $m\sqrt B$. A larger $\tau$ makes $E$, so $R$, so $F$ larger: the proof has a window of radii.

# %%
tau_paper = m * sp.sqrt(B) / (P * sigma_p * sp.sqrt(d))
assert same(tau_paper * sigma_p * sp.sqrt(d) / sp.sqrt(B * m), sp.sqrt(m) / P)

# %% [markdown]
# ## Numbers
#
# The norm at every step, in a world of the size of the paper's experiments, and with a signal at the edge of the
# hypothesis.

# %%
edge = World(
    SMALL.replace(d=20_000, mu_norm=109.0, eta=1e-4), (Phase("sam", epochs=20, tau=0.03),), record_every="step"
)
for name, world in (("||mu|| = 4", gradient_norm.WORLDS[0]), ("||mu|| = 109", edge)):
    o = next(observe(world, range(1)))
    margin = gradient_norm.hypotheses(o)["2 (2P-1) sigma_p^2 d / (B ||mu||^2)"]
    (found,) = gradient_norm.claim(o)
    assert found.holds
    print(f"{name:<14} hypothesis met {margin:8.1f} times; max norm / bound = {found.measured / found.bound:.2f}")

# %% [markdown]
# A whole SAM stage at $d=10^{12}$, mini-batches, $n\,\mathrm{SNR}^2=0.08$: margins, then measured against bound.

# %%
setting = prevention(n=20, m=10, B=10, P=3, sigma_p=0.5, p=0.1)
stage = sam_stage(setting)
world = World(setting, phases=(stage,), record_every="step")
o = next(observe(world, range(1)))
for margin, value in deactivation.hypotheses(o).items():
    assert value >= 1
    print(f"{margin:<58} {value:9.3g}")
for found in deactivation.claim(o):
    assert found.holds
    print(f"{found.label:<58} {found.measured:9.3g} {found.sense} {found.bound:.3g}")

# %%
bounds = deactivation.bounds_of(world)
still = setting.replace(sigma_0=0.0, eta=1e-300)  # all that is left of (1 - omega) R is E
blind = stage_bounds(still, 0, stage.tau, world.delta)
x, copies = o.sample, setting.P - 1
own = x.y == np.array([1, -1])[:, None, None]
steps = list(replay(o.trained))
inactive = max(np.abs(step.noise_shift[step.noise <= 0]).max() for step in steps)
outputs = o.trained.signal_products[..., None] * x.y_hat
outputs = np.maximum(outputs, 0) + copies * np.maximum(o.trained.noise_products, 0)
outputs = (np.array([1, -1])[:, None, None] * outputs).sum((1, 2)) / setting.m
batch = np.vstack([x.mu, x.xi[steps[0].batch]])
batch /= np.linalg.norm(batch, axis=1, keepdims=True)
smallest = np.linalg.eigvalsh(batch @ batch.T)[0]
least = 1 - 4 * setting.B * np.sqrt(np.log(6 * setting.n**2 / world.delta) / setting.d)
table = (
    ("E: max |<eps, xi>| of inactive pairs", inactive, blind.coefficient * (1 - blind.overlap) / copies),
    ("(P-1) R: max |rho|", np.abs(o.trained.rho).max(), bounds.coefficient),
    ("X: max <w, xi> of own pairs", np.where(own, o.trained.noise_products, -np.inf).max(), bounds.product),
    ("Gamma: max |gamma|", np.abs(o.trained.gamma).max(), bounds.gamma),
    ("F: max |f|", np.abs(outputs).max(), bounds.output),
    ("1 - lambda_min of the unit vectors, times 10^4", 1e4 * (1 - smallest), 1e4 * (1 - least)),
)
for label, measured, bound in table:
    assert measured <= bound
    print(f"{label:<48} {measured:8.2g} <= {bound:.2g}")

# %% [markdown]
# The window of radii in which the proof holds, in units of the radius of Theorem 4.1 with constant 1, found on a grid
# of twenty radii a decade.

# %%
for filters in (10, 40, 160):
    wider = prevention(n=20, m=filters, B=10, P=3, sigma_p=0.5, p=0.1)
    tau_1 = tau_of(wider)
    inside = []
    for factor in 10.0 ** (np.arange(-60, 61) / 20):
        found = stage_bounds(wider, sam_stage(wider).epochs, factor * tau_1, world.delta)
        reach = found.shift * factor * tau_1 * wider.sigma_p * np.sqrt(wider.d / (wider.B * wider.m))
        if reach >= found.product and found.output <= np.log(3):
            inside.append(factor)
    scaled = inside[0] * filters**0.5
    print(f"m = {filters:3}: from {inside[0]:.2f} to {inside[-1]:.2f} (lower end times sqrt(m): {scaled:.1f})")

# %% [markdown]
# ## Picture
#
# Left: the SAM stage above, one dot for an active own pair at a step: the product at $W$, and at $W+\epsilon$. All are
# below 0 after the ascent step. (In units of $\tau\sigma_p\sqrt{d/(Bm)}$; the dashed line is the derived shift at its
# least.) Right: the window of radii for $m=40$. The proof needs a shift that is longer than any product, and outputs
# of at most $\log3$: both curves below 1.

# %%
figure, (left, right) = plt.subplots(1, 2)
unit = stage.tau * setting.sigma_p * np.sqrt(setting.d / (setting.B * setting.m))
pairs = [(own[..., step.batch] & (step.noise > 0), step) for step in steps]
before = np.concatenate([step.noise[mask] for mask, step in pairs]) / unit
after = np.concatenate([(step.noise + step.noise_shift)[mask] for mask, step in pairs]) / unit
assert (after < 0).all()
left.plot(before, after, ".", color="C1", ms=1.5)
line = np.array([0, before.max()])
left.plot(line, line - bounds.shift, "k--", label="derived: at most")
left.axhline(0, color="black", lw=0.8)
left.set_xlabel(r"$\langle w_{jr},\xi_i\rangle$, in units")
left.set_ylabel(r"$\langle w_{jr}+\epsilon_{jr},\xi_i\rangle$, in units")
left.legend()
wider = prevention(n=20, m=40, B=10, P=3, sigma_p=0.5, p=0.1)
factors = np.geomspace(1e-2, 1e2, 81)
found = [stage_bounds(wider, sam_stage(wider).epochs, factor * tau_of(wider), world.delta) for factor in factors]
reaches = np.array([b.shift for b in found]) * factors * tau_of(wider) * wider.sigma_p
reaches *= np.sqrt(wider.d / (wider.B * wider.m))
needed = np.array([b.product for b in found]) / reaches
outputs_at_most = np.array([b.output for b in found]) / np.log(3)
right.loglog(factors, needed, "C2", label="largest product / shift")
right.loglog(factors, outputs_at_most, "C3--", label=r"largest output / $\log 3$")
right.fill_between(factors, 1e-2, 1e3, where=(needed <= 1) & (outputs_at_most <= 1), color="0.85")
right.axhline(1, color="black", lw=0.8)
right.set(xlabel=r"radius $\tau$, over $m\sqrt{B}/(P\sigma_p\sqrt{d})$", ylabel="needed over allowed", ylim=(1e-2, 1e3))
right.legend()
plt.show()

# %% [markdown]
# ## What would break it
#
# - *A strong signal.* With $B\|\mu\|^2$ above $cP^2\sigma_p^2d$ the norm follows the signal, and the bound fails.
# - *A small radius.* The shift is shorter than the product, and filters stay on: the coefficients leave $(P-1)R$.
# - *A large radius, or noise that overlaps* ($\omega$ not small): $E$ grows, and with it $R$ and $F$; the proof ends,
#   although the runs may stay inside.
# - *Mini-batches do not matter* for parts 1 to 3: everything is said of one step and one batch.

# %%
flooded = SMALL.replace(d=20_000, mu_norm=1000.0, eta=1e-6)
strong = World(flooded, (Phase("sam", epochs=5, tau=0.03),), record_every="step")
(found,) = gradient_norm.claim(next(observe(strong, range(1))))
print(f"strong signal: max norm / bound = {found.measured / found.bound:.1f}")
weak = World(setting, (Phase("sam", stage.epochs, tau=1e-3 * stage.tau),), record_every="step")
o = next(observe(weak, range(1)))
print(
    f"a thousandth of the radius: max |rho| = {np.abs(o.trained.rho).max():.2f}, (P-1) R was {bounds.coefficient:.3f}"
)
for power in (12, 11, 10, 9, 8):
    share = 10.0 ** (power - 12)  # of the dimension; SNR, step and start stay the same
    smaller = setting.replace(
        d=10**power,
        mu_norm=setting.mu_norm * share**0.5,
        eta=setting.eta / share,
        sigma_0=setting.sigma_0 / share**0.5,
    )
    found = stage_bounds(smaller, stage.epochs, tau_of(smaller), world.delta)
    print(f"d = 10^{power:<2}: F = {found.output:.3f} where log 3 = 1.099 is needed; omega = {found.overlap:.1e}")

# %% [markdown]
# ## References
#
# - Chen, Zhang, Kou, Chen, Hsieh, Gu: *Why Does Sharpness-Aware Minimization Generalize Better Than SGD?*,
#   arXiv:2310.07269.
# - Kou, Chen, Chen, Gu: *Benign Overfitting in Two-layer ReLU Convolutional Neural Networks*, arXiv:2303.04145.
