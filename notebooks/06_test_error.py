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
# # The test error of SGD: from benign to harmful
#
# ![Where SGD turns from benign to harmful, and SAM does not](../figures/gallery/phase.svg)
#
# ## What you need to know
#
# - From 03 and 04: after training, how much signal and how much noise each filter holds.
# - A fresh input has a fresh noise patch, to which the memorised noise is one more random vector.
# - So an input is missed where a normal number of known size exceeds the signal: all depends on one ratio, $z$.
# - The result: the boundary is at $\|\mu\|\sim d^{1/4}n^{-1/4}(P-1)\sigma_p$.
#
# ## Statement
#
# Setting of Definition 2.1 and Section 2.2; $W$ are the weights after training to loss $\varepsilon$. Everything below
# turns on one number,
#
# $$z=\frac{\|\mu\|}{(P-1)\sigma_p}\Bigl(\frac nd\Bigr)^{1/4},\qquad z^4=\frac{n\|\mu\|^4}{(P-1)^4\sigma_p^4d}
# =nd\;\mathrm{SNR}^4.$$
#
# ### The identity, and the law of a fresh input
#
# $\mathbb P(yf<0)=p+(1-2p)\,\mathbb P(\hat yf<0)$, exactly. Given $W$, the products $(\langle w_{jr},\xi\rangle)_{jr}$
# with a fresh noise patch are $N(0,\sigma_p^2WW^\top)$ and independent of $\hat y$. On a fresh input
# $f=\hat y\,a_{\hat y}+g(\xi)$ with
#
# $$a_{+1}=\tfrac1m\sum_{j,r}j\,\mathrm{relu}\langle w_{jr},\mu\rangle,\quad
# a_{-1}=-\tfrac1m\sum_{j,r}j\,\mathrm{relu}\langle w_{jr},-\mu\rangle,\quad
# g(\xi)=\tfrac{P-1}m\sum_{j,r}j\,\mathrm{relu}\langle w_{jr},\xi\rangle.$$
#
# ### `benign_bound`, `benign_rate`
#
# For any weights, with $\Lambda=(P-1)\frac1m\sum_{j,r}\|w_{jr}\|$ and
# $\bar g=\frac{(P-1)\sigma_p}{\sqrt{2\pi}}\frac1m\sum_{j,r}j\|w_{jr}\|$,
#
# $$\mathbb P(\hat yf<0)\le\frac12\sum_{j=\pm1}\exp\Bigl(-\frac{\max(a_j+j\bar g,0)^2}{2\sigma_p^2\Lambda^2}\Bigr),$$
#
# and after SGD the exponent is $\Theta(z^4)$.
#
# ### `benign_overfitting`
#
# If $\|\mu\|\ge C_1d^{1/4}n^{-1/4}P\sigma_p$, SGD reaches loss $\varepsilon$ with test error at most $p+\varepsilon$.
# Checked with $\varepsilon=0.05$, $C_1=1.5$.
#
# ### `harmful_overfitting`
#
# If $\|\mu\|\le C_3d^{1/4}n^{-1/4}P\sigma_p$, SGD reaches loss $\varepsilon$ and its test error is at least $p+0.1$.
# Checked with $C_3=0.3$.
#
# ### `sgd_boundary`
#
# The contour "test error $=p+0.1$" is at $z=\mathrm{const}$: $\|\mu\|\sim d^{1/4}n^{-1/4}(P-1)\sigma_p$. The exponent 1
# in $(P-1)\sigma_p$ is exact, those in $d$ and $n$ are limits.
#
# ### What is certain, and what was rebuilt
#
# *Certain:* the setting, Condition 3.1, and the three parts of Theorem 3.2, whose constants $C_1$, $C_3$ have no value.
# *Rebuilt here:* the bound of `benign_bound` with all constants, and the floor of part 6. The idea behind the floor, to
# shift the noise by a sum of training noise, is that of Kou et al.; its constants here are our own. *Set, not derived:*
# $C_1=1.5$ and $C_3=0.3$. Part 7 says which constants the proof would give.
#
# ## Idea
#
# A fresh noise patch never met the training noise, yet the memorised part of the weights answers to it: a random
# number $g$ of the size of $\sqrt{n/d}$ (a sum of $n$ nearly orthogonal directions, each seen with strength
# $1/\sqrt d$). The signal answers with a fixed number $a\approx n\,\mathrm{SNR}^2$. Their ratio is
# $n\,\mathrm{SNR}^2\sqrt{d/n}=\sqrt{nd}\,\mathrm{SNR}^2=z^2$. That is all: large $z$ is benign, small $z$ is harmful.

# %%
"""The test error of SGD: identity, concentration, the floor, and the boundary between benign and harmful."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
from scipy.special import ndtr, ndtri

from dynamics import Phase, draw, test_error, train
from dynamics.engines.network import inputs, output
from dynamics.units import natural, regime
from theorems import catalogue, condition
from theorems.boundary import SGD_BASE, contour, sgd_worlds
from theorems.overfitting import C_1, C_3, EPSILON, HARM, benign, harmful, settings, sgd_world
from theorems.sgd import benign_bound
from theorems.sgd import rate as sgd_rate
from verify import check
from verify.evidence import slope
from verify.observe import observe

n, d, m, P, mu, sigma_p, eta = sp.symbols("n d m P mu sigma_p eta", positive=True)  # mu is the length
p, q, rho = sp.symbols("p q rho", positive=True)
SNR = mu / ((P - 1) * sigma_p * sp.sqrt(d))
z_square = mu**2 / ((P - 1) ** 2 * sigma_p**2) * sp.sqrt(n / d)


def same(left, right):
    """Say whether two expressions are equal for positive symbols and P > 1."""
    more = sp.Symbol("more", positive=True)  # P - 1
    return sp.simplify(sp.expand(left - right).subs(P, 1 + more)) == 0


assert same(z_square, sp.sqrt(n * d) * SNR**2)

# %% [markdown]
# ## Derivation
#
# ### 1. Label noise: an identity
#
# The flip is independent of $\hat y$ and $\xi$, and $f$ depends on these alone. With $Q=\mathbb P(\hat yf<0)$ an
# unflipped label is missed with probability $Q$, a flipped one with $1-Q$ (as $f\ne0$ almost surely; counting $f=0$ as
# half an error, as the code does, keeps the identity even for $W=0$). So the error is $(1-p)Q+p(1-Q)$. **A test error
# of $p+0.1$ means $Q=0.1/(1-2p)$**, and $p+\varepsilon$ means $Q=\varepsilon/(1-2p)$. As $Q\le\frac12$ for a classifier
# no worse than a coin, $p+0.1$ can only be passed if $p<0.4$.

# %%
Q = sp.Symbol("Q")
assert sp.expand((1 - p) * Q + p * (1 - Q) - (p + (1 - 2 * p) * Q)) == 0
assert sp.solve(sp.Eq((1 - 2 * p) / 2, sp.Rational(1, 10)), p) == [sp.Rational(2, 5)]
print("at p = 0.05, harmful is Q >=", round(HARM / 0.9, 4), "and benign is Q <=", round(EPSILON / 0.9, 4))

# %% [markdown]
# ### 2. The law of a fresh input, given the weights
#
# $\xi\sim N(0,\sigma_p^2I_d)$ and $W$ are independent, so $W\xi\sim N(0,\sigma_p^2WW^\top)$ given $W$: $2m$ numbers,
# whatever $d$ is. The signal patch gives $\frac1m\sum j\,\mathrm{relu}\langle w_{jr},\hat y\mu\rangle=\hat ya_{\hat
# y}$, two fixed numbers. Therefore
#
# $$Q=\tfrac12\bigl[\mathbb P(g<-a_{+1})+\mathbb P(g>a_{-1})\bigr].$$
#
# `dynamics.test_error` draws from exactly this law. Mean and variance of $g$ are known in closed form: for standard
# normal $u,v$ with correlation $q$, $\mathbb E\,\mathrm{relu}(u)=1/\sqrt{2\pi}$ and
# $\mathbb E\,\mathrm{relu}(u)\mathrm{relu}(v)=K(q)=\frac1{2\pi}[\sqrt{1-q^2}+q(\pi-\arccos q)]$, because
# $K'(q)=\mathbb P(u>0,v>0)=\frac{\pi-\arccos q}{2\pi}$ and $K(0)=\frac1{2\pi}$.

# %%
v, s = sp.symbols("v s", positive=True)
density = sp.exp(-(v**2) / (2 * s**2)) / (sp.sqrt(2 * sp.pi) * s)
assert sp.simplify(sp.integrate(v * density, (v, 0, sp.oo)) - s / sp.sqrt(2 * sp.pi)) == 0
K = (sp.sqrt(1 - q**2) + q * (sp.pi - sp.acos(q))) / (2 * sp.pi)
assert sp.simplify(sp.diff(K, q) - (sp.pi - sp.acos(q)) / (2 * sp.pi)) == 0
assert K.subs(q, 0) == 1 / (2 * sp.pi)
assert K.subs(q, 1) == sp.Rational(1, 2)  # half of E u^2
kernel = sp.lambdify(q, K - 1 / (2 * sp.pi))  # the covariance


def law_of(o):
    """Return `a_{+1}, a_{-1}`, and the mean and the standard deviation of `g`, for the weights at the end of a run."""
    s, W = o.world.setting, o.trained.weights(-1)
    signs = np.repeat([1.0, -1.0], s.m)
    rows = W.reshape(2 * s.m, -1)
    on_mu, lengths = rows @ o.sample.mu, np.linalg.norm(rows, axis=1)
    correlation = np.clip(rows @ rows.T / np.outer(lengths, lengths), -1, 1)
    scale = (s.P - 1) * s.sigma_p / s.m
    mean = scale * signs @ lengths / np.sqrt(2 * np.pi)
    variance = scale**2 * (signs * lengths) @ kernel(correlation) @ (signs * lengths)
    positive, negative = signs @ np.maximum(on_mu, 0) / s.m, -signs @ np.maximum(-on_mu, 0) / s.m
    return positive, negative, mean, np.sqrt(variance)


# %% [markdown]
# ### 3. The bound: `benign_bound`
#
# *Lipschitz.* relu is 1-Lipschitz, so $|g(\xi)-g(\xi')|\le\frac{P-1}m\sum_{jr}|\langle w_{jr},\xi-\xi'\rangle|\le
# \Lambda\|\xi-\xi'\|$.
#
# *Mean.* $\langle w,\xi\rangle\sim N(0,\sigma_p^2\|w\|^2)$, so $\mathbb Eg=\bar g$ by part 2.
#
# *Concentration.* A $\Lambda$-Lipschitz function of $N(0,\sigma_p^2I)$ exceeds its mean by $h\ge0$ with probability at
# most $\exp(-h^2/(2\sigma_p^2\Lambda^2))$, and falls short of it by $h$ with at most the same (the Gaussian
# concentration inequality of Tsirelson, Ibragimov and Sudakov; a textbook fact, not derived here).
#
# *Insert.* $\hat y=+1$ is missed if $g-\bar g<-(a_{+1}+\bar g)$, $\hat y=-1$ if $g-\bar g>a_{-1}-\bar g$; each label
# has probability $\frac12$. Where $a_j+j\bar g<0$ the bound is 1.
#
# ### 4. Why $n\|\mu\|^4/((P-1)^4\sigma_p^4d)$
#
# Suppose that at the end a share $q$ of the filters of sign $y_i$ is active on sample $i$, each with
# $\overline\rho=\rho$; that the classes are of equal size; and that slopes are equal. (The theorem needs less: all
# this up to constants.)
#
# - *Signal.* With the same slopes, a step adds $\eta\|\mu\|^2|\ell'|/(Bm)$ a sample to $\gamma$, $+$ for a clean and
#   $-$ for a flipped one, of the half with one $\hat y$; and $\eta(P-1)^2\sigma_p^2d|\ell'|/(Bm)$ to $\overline\rho$.
#   So $\gamma=\frac n2(1-2p)\,\mathrm{SNR}^2\rho$. Filters of sign $j$ align with $j\mu$, so $a_{\pm1}=\gamma$.
# - *Length.* $\|w_{jr}\|^2=\sum_i\rho_{jri}^2/((P-1)^2\|\xi_i\|^2)=q\frac n2\rho^2/((P-1)^2\sigma_p^2d)$. Hence
#   $\sigma_p\Lambda=2(P-1)\sigma_p\|w_{jr}\|=\sqrt{2q}\,\rho\sqrt{n/d}$: **$P$ and $\sigma_p$ have cancelled**.
# - *Noise.* Two filters of one sign share a fraction $q$ of their samples, so their correlation is $q$; filters of
#   different signs share none. For large $m$, $\mathrm{var}\,g=2(P-1)^2\sigma_p^2\|w\|^2\,(K(q)-\frac1{2\pi})
#   =q\,(K(q)-\frac1{2\pi})\,\rho^2n/d$.
#
# So $\rho$ cancels in every ratio of signal to noise, and what is left is $z$:
#
# $$\frac{\gamma^2}{2\sigma_p^2\Lambda^2}=\frac{(1-2p)^2}{16\,q}\,z^4,\qquad
# \frac a{\mathrm{sd}(g)}=\frac{1-2p}{2\sqrt{q\,(K(q)-\frac1{2\pi})}}\,z^2.$$
#
# The power 4 is twice a square: the signal is learned in proportion to $\|\mu\|$ and seen through $\mu$ again, which
# makes $\|\mu\|^2$; the exponent of a Gaussian squares that. The $1/d$ is the noise's variance $n/d$ against
# $(n\,\mathrm{SNR}^2)^2\sim n^2/d^2$: $\frac{n^2}{d^2}\cdot\frac dn=\frac nd$.

# %%
gamma = n / 2 * (1 - 2 * p) * SNR**2 * rho
length = sp.sqrt(q * n / 2 * rho**2 / ((P - 1) ** 2 * sigma_p**2 * d))
width = 2 * (P - 1) * sigma_p * length  # sigma_p Lambda: 2m filters, over m
assert same(width**2, 2 * q * rho**2 * n / d)
rate = (1 - 2 * p) ** 2 / (16 * q)
assert same(gamma**2 / (2 * width**2), rate * z_square**2)
cov = sp.Symbol("cov", positive=True)  # K(q) - 1/(2 pi)
noise = sp.sqrt(2 * cov) * (P - 1) * sigma_p * length
assert same(noise**2, q * cov * rho**2 * n / d)
assert same(gamma**2 / noise**2, ((1 - 2 * p) / (2 * sp.sqrt(q * cov)) * z_square) ** 2)
for share in (0.5, 0.75, 1.0):
    ratio = 0.9 / 2 / np.sqrt(share * kernel(share))
    print(f"q = {share}: exponent {float(rate.subs({p: 0.05, q: share})):.3f} z^4, a / sd(g) = {ratio:.2f} z^2")

# %% [markdown]
# ### 5. Exact symmetries in $P-1$ and $\sigma_p$, none in $d$ and $n$
#
# *Copies are volume.* $(P-1)\,\mathrm{relu}\langle w,\xi\rangle=\mathrm{relu}\langle w,(P-1)\xi\rangle$, and the
# gradient of the left side is that of the right. So $P$ and $\sigma_p$ enter only through $\tilde\xi=(P-1)\xi$, of
# standard deviation $\sigma=(P-1)\sigma_p$, in the output, in the gradient, and so under SGD, under SAM, and on fresh
# inputs.
#
# *Units.* Multiply all inputs by $\lambda$ and all weights by $1/\lambda$: no product changes, so neither $f$ nor
# $\ell'$ does. The gradient in $w$ is multiplied by $\lambda$; a step $\eta\nabla L$ must shrink by $\lambda$, so
# $\eta$ by $\lambda^2$, and a radius $\tau$ by $\lambda$. Hence
#
# $$(\sigma,\|\mu\|,\sigma_0,\eta,\tau)\ \mapsto\
# (\lambda\sigma,\lambda\|\mu\|,\sigma_0/\lambda,\eta/\lambda^2,\tau/\lambda)$$
#
# leaves $\gamma$, $\rho$, losses and test errors as they are, **to the last digit but rounding**. The ladders in $P-1$
# and $\sigma_p$ scale $\eta$ and $\sigma_0$ so (`theorems.boundary.natural`), and the exponent 1 is exact: not a limit,
# and with no statistical error beyond rounding. It is $P-1$, not $P$. (For SAM's boundary see part 5 of
# `09_theorem_and_gap`: the radius counts too.)
#
# $d$ and $n$ are no symmetries. $d$ enters through lengths and angles of the noise, $\|\xi_i\|^2\approx\sigma_p^2d$ and
# $\langle\xi_i,\xi_k\rangle=O(\sigma_p^2\sqrt d)$, which settle only as $d\to\infty$; $n$ enters as a count, with the
# class balance $\pm\sqrt n$. Their exponents are limits, and finite ladders drift.

# %%
w, xi, lam = sp.symbols("w xi lambda", positive=True)  # one active product; the other case is 0 = 0
assert sp.expand((P - 1) * (w * xi) - w * ((P - 1) * xi)) == 0
f_of = sp.Function("f")
loss_of = f_of(w * xi)  # any function of the products
gradient = sp.diff(loss_of, w)
scaled = sp.diff(f_of(w * (lam * xi)), w).doit().subs(w, w / lam).doit()
assert sp.simplify(scaled - lam * gradient) == 0
assert sp.simplify((w / lam - eta / lam**2 * lam * gradient) - (w - eta * gradient) / lam) == 0
print("a step of the scaled problem is the step of the first, over lambda")

# %% [markdown]
# ### 6. A floor for the test error: why weak signals are harmful
#
# A lower bound needs that $g$ is often *large*. Let $a=\max(a_{+1},a_{-1})$. From part 2,
# $Q\ge\frac12\mathbb P(|g|>a)$.
#
# *Four points.* For a filter with $u=\langle w,\xi\rangle$ and $s=\langle w,v\rangle$, $v$ fixed,
#
# $$\mathrm{relu}(u+s)-\mathrm{relu}(u)+\mathrm{relu}(-u+s)-\mathrm{relu}(-u)=
# \begin{cases}s+\mathrm{relu}(s-|u|)\in[s,2s]&s\ge0,\\ \max(s,-|u|)\in[s,0]&s<0.\end{cases}$$
#
# Sum over filters with their signs: whatever $\xi$ is,
#
# $$g(\xi+v)-g(\xi)+g(-\xi+v)-g(-\xi)\ \ge\ D(v):=\frac{P-1}m\Bigl[\sum_r\langle w_{+,r},v\rangle-
# 2\sum_r\mathrm{relu}\langle w_{-,r},v\rangle\Bigr].$$
#
# If $D(v)\ge4a$, at least one of the four values has $|g|\ge a$. So the four events cover everything, $\xi$ and $-\xi$
# have the same law, and that of $\pm\xi+v$ is at total variation distance
# $\mathrm{TV}=2\Phi(\|v\|/(2\sigma_p))-1$ from it: $1\le4\,\mathbb P(|g|\ge a)+2\,\mathrm{TV}$, that is
#
# $$Q\ \ge\ \tfrac18-\tfrac14\mathrm{TV}.$$
#
# *The shift.* $v=\lambda\sum_{y_i=1}\xi_i$ excites exactly what the $+$ filters memorised, and the $-$ filters hardly
# at all. (Or with $y_i=-1$ and the signs exchanged.) By the approximations of part 4, $D=\lambda\,q\frac n2\rho$, so
# $D=4a$ at $\lambda=4(1-2p)\,\mathrm{SNR}^2/q$, and
#
# $$\frac{\|v\|}{\sigma_p}=\lambda\sqrt{\frac{nd}2}=\frac{2\sqrt2\,(1-2p)}q\,z^2.$$
#
# **The same $z$ again**: small $z$, small shift, and the error is stuck near $\frac18$ or above. As $\frac18$ is the
# best that this argument gives, it proves "$p+0.1$" only for $0.1/(1-2p)<\frac18$, $p<0.1$.

# %%
size, more = sp.symbols("size more", nonnegative=True)


def four_points(absolute, product):
    """Return the left side at `|u|` and `s`; it is even in u."""
    return sp.Max(absolute + product, 0) + sp.Max(product - absolute, 0) - absolute


assert sp.expand(four_points(size, size + more) - (size + more + more)) == 0  # |u| <= s: s + relu(s - |u|)
assert sp.expand(four_points(size + more, size) - size) == 0  # 0 <= s <= |u|: s
assert sp.expand(four_points(size, -size - more) + size) == 0  # s <= -|u|: -|u|
assert sp.expand(four_points(size + more, -size) + size) == 0  # -|u| <= s <= 0: s
grid = np.linspace(-3, 3, 601)
U, S = np.meshgrid(grid, grid)
change = np.maximum(U + S, 0) - np.maximum(U, 0) + np.maximum(-U + S, 0) - np.maximum(-U, 0)
assert (change >= S - 1e-12).all()
assert (change <= 2 * np.maximum(S, 0) + 1e-12).all()
scale = 4 * gamma / (q * n / 2 * rho)  # lambda
assert same(scale * sp.sqrt(n / 2 * d), 2 * sp.sqrt(2) * (1 - 2 * p) / q * z_square)
assert sp.solve(sp.Eq(sp.Rational(1, 10) / (1 - 2 * p), sp.Rational(1, 8)), p) == [sp.Rational(1, 10)]


def floor_of(o):
    """Return the floor of Q and the length of the shift over sigma_p, the better of both classes."""
    s, x, W = o.world.setting, o.sample, o.trained.weights(-1)
    largest, shifts = max(law_of(o)[:2]), []
    for own, other, label in ((0, 1, 1), (1, 0, -1)):
        direction = x.xi[x.y == label].sum(0)
        on = W @ direction
        excited = (s.P - 1) / s.m * (on[own].sum() - 2 * np.maximum(on[other], 0).sum())
        if excited > 0:
            shifts.append(4 * max(largest, 0.0) / excited * np.linalg.norm(direction) / s.sigma_p)
    shortest = min(shifts, default=np.inf)
    return max(0.0, 1 / 8 - (2 * ndtr(shortest / 2) - 1) / 4), shortest


# %% [markdown]
# ### 7. The constants, and why $C_1=1.5$ was needed at $P=4$
#
# The theorem writes $P\sigma_p$ where the model has $(P-1)\sigma_p$. So $\|\mu\|=C\,d^{1/4}n^{-1/4}P\sigma_p$ is
#
# $$z=C\,\frac P{P-1}:$$
#
# $2C$ at $P=2$, $\frac43C$ at $P=4$, and $C$ as $P\to\infty$. The same $C$ asks for less at larger $P$. With $C_1=1$
# the world with $P=2$ is at $z=2$, well inside; the one with $P=4$ is at $z=1.33$, where the error is not yet below
# $p+0.05$ in every draw. $C_1=1.5$ brings it to $z=2$ exactly. **A constant that serves every $P$ is $C_1=2$** (and
# $C_3$ at every $P$ is limited by $P=2$, where $z=2C_3$). In the units of $(P-1)\sigma_p$ there would be nothing to
# fix.
#
# *What the proof gives.* Benign: $\exp(-k z^4)\le\varepsilon/(1-2p)$ with the $k$ of part 4. Harmful:
# $\frac18-\frac14\mathrm{TV}\ge0.1/(1-2p)$ with the shift of part 6. Both are evaluated under Numbers, and both are
# further from the truth than the constants of the checks.

# %%
C = sp.Symbol("C", positive=True)
at_threshold = sp.sqrt(z_square.subs(mu, C * (d / n) ** sp.Rational(1, 4) * P * sigma_p))
assert same(at_threshold**2, (C * P / (P - 1)) ** 2)
for patches in (2, 4, 100):
    at_one = patches / (patches - 1)
    print(f"P = {patches:3}: C_1 = 1 is z = {at_one:.2f}, C_1 = 1.5 is z = {1.5 * at_one:.2f}")
assert sp.simplify(at_threshold.subs({C: sp.Rational(3, 2), P: 4}) - at_threshold.subs({C: 1, P: 2})) == 0

# %% [markdown]
# ### Corrections to scaling
#
# At the boundary $z$ is of order one, and $n\,\mathrm{SNR}^2=z^2\sqrt{n/d}$. What part 5 neglects is of that
# relative order:
# the signal's part of a training margin, which SGD need not memorise, and the cross terms between noise patches, which
# are of order $\sqrt{n/d}$. So along $d$ the contour is $d^{1/4}(1+\mathrm{const}\cdot d^{-1/2})$.

# %% [markdown]
# ## Numbers
#
# **The identity and the law**, against brute force: a network trained in $\mathbb R^{100}$, and 40,000 fresh inputs of
# Definition 2.1 with flipped labels, patch by patch.

# %%
small = regime(n=20, d=100, m=5, mu_norm=3.0, B=20, P=3, sigma_p=0.7, p=0.1)
x = draw(small, 0, frame="ambient")
W = train(small, x, [Phase("sgd", epochs=400)], record_every=400).weights(-1)
many = small.replace(n=40_000, B=40_000)
fresh = draw(many, 1, frame="ambient")
assert (fresh.mu == x.mu).all()
f = output(W, inputs(fresh, small.P))
error = (fresh.y * f < 0).mean()
missed = (fresh.y_hat * f < 0).mean()
estimate = test_error(small, x, W, samples=40_000)
spread = np.hypot(estimate.stderr, np.sqrt(error * (1 - error) / many.n))
assert abs(error - estimate.value) <= 4 * spread
products = fresh.xi @ W.reshape(-1, 100).T
expected = small.sigma_p**2 * W.reshape(-1, 100) @ W.reshape(-1, 100).T
off = np.abs(products.T @ products / many.n - expected).max() / np.abs(expected).max()
assert off < 0.05
print(f"brute force: P(y f < 0) = {error:.3f}, and p + (1-2p) P(y_hat f < 0) = {0.1 + 0.8 * missed:.3f}")
print(f"from the law of W xi: {estimate.value:.3f}; covariance of W xi off by {off:.1%} (40,000 draws)")

# %% [markdown]
# **`benign_rate`**: verdict of the suite, with the four exponents of the bound's exponent.

# %%
verdict = check("benign_rate")
assert verdict.status == "confirmed"
print("verify.check:", verdict.status)
for found in verdict.evidence:
    if found["form"] == "slope":
        assert found["low"] <= found["lower"] <= found["upper"] <= found["high"]
        print(f"{found['name']:<24} {found['exponent']:5.2f}, and neither {found['low']:.2f} nor {found['high']:.2f}")

# %% [markdown]
# **The constants of parts 4 and 6** against trained networks at $z=1$, $d=10^6$, $n=40$, twelve draws: mean and
# standard deviation over the draws. The share $q$ is measured and put into the formulas. They come out right within a
# third, though they know nothing of unequal slopes, classes or start.

# %%
(near_one,) = [w for w in sgd_worlds(SGD_BASE) if abs(w.setting.mu_norm**4 * 40 / 10**6 - 1) < 0.01]
rows = []
for o in observe(near_one, range(12)):
    positive, negative, _, deviation = law_of(o)
    own = np.broadcast_to(o.sample.own, o.trained.rho[-1].shape)
    active = (o.trained.noise_products[-1][own] > 0).mean()
    rows.append((active, (positive + negative) / 2 / deviation, sgd_rate.exponent([o]), floor_of(o)[1]))
(share, *found), deviations = np.mean(rows, axis=0), np.std(rows, axis=0)[1:]
formulas = (
    ("a / sd(g)", 0.45 / np.sqrt(share * kernel(share))),
    ("exponent of the bound", 0.9**2 / (16 * share)),
    ("||v|| / sigma_p", 2 * np.sqrt(2) * 0.9 / share),
)
print(f"share of own pairs that are active: q = {share:.2f}")
for (name, formula), mean, deviation in zip(formulas, found, deviations, strict=True):
    assert abs(mean / formula - 1) < 1 / 3
    print(f"{name:<22}: {mean:.3f} (deviation {deviation:.3f}), formula {formula:.3f}")
rate_here, shift_here = found[1:]
allowed = 2 * ndtri((1 + 4 * (1 / 8 - HARM / 0.9)) / 2)  # the shift at which the floor is 0.1/(1-2p)
z_proved = (np.log(0.9 / EPSILON) / rate_here) ** 0.25, np.sqrt(allowed / shift_here)
print(f"the proof gives: benign for z >= {z_proved[0]:.2f}, harmful for z <= {z_proved[1]:.2f}")
print(f"so C_1 = {z_proved[0]:.2f} for every P, C_3 = {z_proved[1] / 2:.3f} at P = 2; checked are {C_1} and {C_3}")

# %% [markdown]
# **`benign_overfitting`, `harmful_overfitting`**, in the settings in which they are checked ($P\sigma_p=2$, $n=30$,
# $d=10^4$), four draws for each strength. The missed share $Q$ lies between the floor of part 6 and the ceiling of
# `benign_rate`. Without the rows at $C=1$ the claims of both statements hold in every draw shown; at $C_1=1$, $P=4$
# ($z=1.33$) benign overfitting is not settled in all of them.

# %%
print("   C   P     z   test error - p   floor <= Q <= ceiling")
threshold = condition.threshold_sgd(settings(1.0)[0])
unsettled = {}
for constant in (C_3, 1.0, C_1):
    for s in settings(constant * threshold):
        z_here = s.mu_norm / ((s.P - 1) * s.sigma_p) * (s.n / s.d) ** 0.25
        assert abs(z_here - constant * s.P / (s.P - 1)) < 1e-9
        runs = list(observe(sgd_world(s), range(4)))
        excess = [o.tested.value - s.p for o in runs]
        lows, highs = [], []
        for o in runs:
            (bound,) = benign_bound.claim(o)
            assert bound.holds
            lows.append(floor_of(o)[0])
            highs.append(bound.bound)
            assert lows[-1] <= bound.measured + bound.uncertainty
            assert o.trained.loss[-1] <= EPSILON
        held = [(harmful if constant < 1 else benign)(o).holds for o in runs]
        unsettled[constant, s.P] = held.count(None) + held.count(False)
        Q_here = np.mean(excess) / (1 - 2 * s.p)
        print(
            f"{constant:5} {s.P:2} {z_here:5.2f}   {min(excess):.3f} to {max(excess):.3f}   "
            f"{np.mean(lows):.3f} <= {Q_here:.3f} <= {np.mean(highs):.3f}"
        )
assert all(count == 0 for (constant, P_here), count in unsettled.items() if constant != 1.0)
assert unsettled[1.0, 2] == 0
print("draws that do not settle at C_1 = 1:", unsettled[1.0, 4], "of 4 at P = 4, none at P = 2")

# %% [markdown]
# **The exact symmetries**: the same seeds at $P=2$, $\sigma_p=1$ and at $P=5$, $\sigma_p=0.3$, $\lambda=1.2$, under SGD
# and under SAM.

# %%
one = natural(SGD_BASE.replace(mu_norm=20.0), step=0.1)
other = one.replace(P=5, sigma_p=0.3, mu_norm=24.0, sigma_0=one.sigma_0 / 1.2, eta=one.eta / 1.2**2)
for name, tau in (("SGD", None), ("SAM", condition.tau_paper(one))):
    ends = []
    for s, factor in ((one, 1.0), (other, 1 / 1.2)):
        phase = Phase("sgd", epochs=60) if tau is None else Phase("sam", epochs=60, tau=tau * factor)
        start = draw(s, 0)
        run = train(s, start, [phase], record_every=60)
        ends.append((run.gamma[-1], run.rho[-1], test_error(s, start, run.weights(-1), 2_000).value))
    (gamma_1, rho_1, error_1), (gamma_2, rho_2, error_2) = ends
    assert np.allclose(gamma_1, gamma_2, rtol=1e-6, atol=1e-12)
    assert np.allclose(rho_1, rho_2, rtol=1e-6, atol=1e-9)
    assert error_1 == error_2
    print(f"{name}: all gamma, all rho equal to rounding; test errors {error_1:.4f} and {error_2:.4f}")

# %% [markdown]
# **`sgd_boundary`**: the four ladders of the statement, four replicas each (its own check uses more), Student's
# intervals at level 0.05 over replicas. Drift is the slope of the upper half of a ladder less that of the lower.

# %%
rungs_of = {}
for ladder in catalogue["sgd_boundary"].ladders:
    columns = []
    for _, worlds in ladder.rungs:
        together = zip(*(observe(w, range(4)) for w in worlds), strict=True)
        columns.append([ladder.quantity(group) for group in together])
    values = [value for value, _ in ladder.rungs]
    fit = slope(ladder.name, values, np.array(columns).T, ladder.predicted, 0.05, ladder.finite)
    rungs_of[ladder.name] = fit
    assert fit.low <= fit.exponent <= fit.high
    print(f"{fit.name:<8} {fit.exponent:6.3f} [{fit.lower:.3f}, {fit.upper:.3f}], drift {fit.drift:+.3f}")
for name in ("P-1", "sigma_p"):
    assert abs(rungs_of[name].exponent - 1) < 1e-3

# %% [markdown]
# ## Picture
#
# The missed share $Q$ against $z$: four decades of $d$, another $n$, and other $P$, $\sigma_p$ fall on one curve (means
# of six draws). Grey: what the ceiling of `benign_bound` and the floor of part 6 exclude at $d=10^6$, $n=40$ (means of
# three draws). The truth is far from both; by parts 4 and 6 all three are functions of $z$ alone, up to constants.

# %%
figure, axes = plt.subplots(figsize=(7.6, 3.4))
per_z = (SGD_BASE.d / SGD_BASE.n) ** 0.25  # ||mu|| over z, at P = 2 and sigma_p = 1
places = np.concatenate([np.linspace(0.1, 0.7, 7), np.linspace(1.0, 3.0, 9)])
lines = []
for place in places:
    runs = observe(replace(near_one, setting=near_one.setting.replace(mu_norm=place * per_z)), range(3))
    lines.append(np.mean([(floor_of(o)[0], benign_bound.claim(o)[0].bound) for o in runs], axis=0))
floors, ceilings = np.array(lines).T
axes.fill_between(places, ceilings, 1, color="0.88", linewidth=0)
axes.fill_between(places, 0, floors, color="0.88", linewidth=0)
axes.plot(places, ceilings, "k--", linewidth=1, label="ceiling (part 3)")
axes.plot(places, floors, "k-.", linewidth=1, label="floor (part 6)")
series = (
    ("$d=10^4$, $n=40$", SGD_BASE.replace(d=10**4), "C0o", 9),
    ("$d=10^6$, $n=40$", SGD_BASE, "C4s", 7),
    ("$d=10^8$, $n=40$", SGD_BASE.replace(d=10**8), "C2^", 5),
    ("$d=10^6$, $n=160$", SGD_BASE.replace(n=160, B=160), "C3d", 5),
    (r"$P=5$, $\sigma_p=0.3$, $d=10^6$, $n=40$", SGD_BASE.replace(P=5, sigma_p=0.3), "kx", 4),
)
crossings = []
for label, base, style, size in series:
    per_world = [list(observe(w, range(6))) for w in sgd_worlds(base)]
    to_z = (base.n / base.d) ** 0.25 / ((base.P - 1) * base.sigma_p)
    strengths = [runs[0].world.setting.mu_norm * to_z for runs in per_world]
    missed = [np.mean([(o.tested.value - base.p) / (1 - 2 * base.p) for o in runs]) for runs in per_world]
    axes.plot(strengths, missed, style, label=label, markersize=size, markerfacecolor="none")
    crossings.append(np.mean([contour(group) for group in zip(*per_world, strict=True)]) * to_z)
level = HARM / (1 - 2 * SGD_BASE.p)
axes.axhline(level, color="k", linewidth=0.8, linestyle=":")
axes.text(2.2, level + 0.01, "test error $=p+0.1$", fontsize=8, ha="right")
axes.set(xlim=(0.1, 3.1), ylim=(0, 0.6), ylabel=r"missed share $Q=\mathbb{P}(\hat{y}f<0)$")
axes.set(xlabel=r"$z=\Vert\mu\Vert\,(n/d)^{1/4}/((P-1)\sigma_p)$ (no unit)")
axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
print("contour at z =", ", ".join(f"{value:.2f}" for value in crossings))
assert max(crossings) / min(crossings) < 1.15
assert abs(crossings[1] - crossings[4]) < 1e-6

# %% [markdown]
# ## What would break it
#
# - *Counting $P$ for $P-1$:* a control of `sgd_boundary`; part 5 says why it must fail.
# - *A start that is too large.* The noise in $g$ has a part from $w^{(0)}$, of the size $\sigma_0\sigma_p\sqrt d$, and
#   the signal has only $a\approx n\,\mathrm{SNR}^2\sim\sqrt{n/d}\,z^2$. Condition 3.1 asks for
#   $\sigma_0\lesssim\sqrt n/(P\sigma_pd)$: exactly that the start be below $\sqrt{n/d}$. It is not sharp: a hundred
#   times the start, a margin of 0.05, is hardly seen below; a thousand times is ($z=1,1.4,2$).
# - *A signal so strong that it fits the data,* $n\,\mathrm{SNR}^2\gtrsim1$: part 4 no longer holds ($\gamma$
#   saturates), though nothing harmful happens. This is the first line of Condition 3.1, $z\lesssim(d/n)^{1/4}$.
# - *Much label noise.* For $p\ge0.1$ the floor of part 6 does not reach $p+0.1$, and for $p\ge0.4$ nothing does.

# %%
wide = SGD_BASE.replace(d=10**8)
for name, factor in (
    ("sigma_0 = 0.1 sqrt(n) / ((P-1) sigma_p d)", 1),
    ("100 times that", 100),
    ("1000 times that", 1000),
):
    errors = []
    for w in sgd_worlds(wide)[2:5]:
        s = w.setting.replace(sigma_0=w.setting.sigma_0 * factor)
        start = draw(s, 0)
        run = train(s, start, [Phase("sgd", epochs=400)], record_every=400)
        errors.append(test_error(s, start, run.weights(-1), 4_000).value)
    shown = ", ".join(f"{value:.3f}" for value in errors)
    assert (errors[-1] < SGD_BASE.p + EPSILON) == (factor < 1000)
    print(f"{name:<42}: margin {condition.margins(s)['1 / (sigma_0 P sigma_p d / sqrt(n))']:6.3f}, errors {shown}")

# %% [markdown]
# ## References
#
# - Chen, Zhang, Kou, Chen, Hsieh, Gu: *Why Does Sharpness-Aware Minimization Generalize Better Than SGD?*,
#   arXiv:2310.07269. Setting, Condition 3.1, Theorem 3.2.
# - Kou, Chen, Chen, Gu: *Benign Overfitting in Two-layer ReLU Convolutional Neural Networks*, arXiv:2303.04145. The
#   threshold in $n\|\mu\|^4$, and the shift argument.
# - Boucheron, Lugosi, Massart: *Concentration Inequalities*, Oxford University Press, 2013. Gaussian concentration.
# - Cho, Saul: *Kernel Methods for Deep Learning*, NeurIPS 2009. The covariance of relu of two normal numbers.
