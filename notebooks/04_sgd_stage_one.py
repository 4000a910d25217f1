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
# # SGD, stage one: noise is learned $\mathrm{SNR}^{-2}$ times as fast as signal
#
# ![SGD's path is a straight line of slope one: noise and signal grow in a fixed ratio](../figures/gallery/race.svg)
#
# While margins are small every slope is of order one, and SGD does what gradient descent on a linear model would do:
# each coefficient grows by the same amount at each visit. This notebook derives how long that lasts, how much signal
# is learned by then, and the ratio of the two, with constants.
#
# *What is certain and what was rebuilt.* That SGD has a first stage with linear growth, and that noise and signal are
# learned in the ratio $\mathrm{SNR}^{-2}$, is certain; both are stated with $\Theta$. The constants below were derived
# here: the integral $\mathcal I_v(a)$, the $1-2p$ of $\gamma$, and the $a/(1-2p)$ of the ratio.
#
# ## What you need to know
#
# - From 03: who is awake stays awake, and slopes stay within a constant of each other.
# - While margins are small the slope is about one half, so SGD behaves as it would on a linear model.
# - A visit of sample $i$ adds $\|\xi_i\|^2$ to noise and $\|\mu\|^2$ to signal: their ratio is what decides the race.
# - The result: noise over signal is $\mathrm{SNR}^{-2}$, up to a constant that is derived.
#
# ## Statement
#
# Setting, typical start, $\kappa$ and persistent pairs as in `03_scale_of_coefficients`. Write
#
# - $s_i=\eta(P-1)^2\|\xi_i\|^2/(Bm)$, what a visit adds to an active own coefficient of sample $i$ while $\ell'=-1$,
#   and $s=\eta(P-1)^2\sigma_p^2d/(Bm)$, its typical value;
# - $a_i$, $A_i$ for the share of own filters that stay active on $\xi_i$, and that cross terms could make active;
# - $T(v)$ for the first epoch with $\max_{j,r,i}\overline\rho_{jri}\ge v$; the stage ends at $T_1=T(2)$;
# - $\displaystyle\mathcal I_v(a,b)=v+\frac ba\,(e^{av}-1)$, and $\mathcal I_v(a)=\mathcal I_v(a,1)$.
#
# 1. If $s_i\le4$ and every sample has a persistent filter, then
#    $$\min_i\frac{\mathcal I_{v-s_i}(a_i,e^{-\kappa})}{s_i}\ \le\ T(v)\ \le\
#    1+\min_i\frac{\mathcal I_v(A_i,e^\kappa)}{s_i}.$$
#    So $T_1=\Theta\bigl(\frac{Bm}{\eta(P-1)^2\sigma_p^2d}\bigr)$; to leading order $T_1=\min_i\mathcal I_2(a_i)/s_i$,
#    about $5.4/s$ for many filters.
# 2. To leading order $T(2)/T(1)$ is between 2 and $1+e^a$, and 2.37 at $a=\frac12$: growth is linear up to that.
# 3. For a filter whose $\mathrm{sign}\langle w_{jr},\mu\rangle=\sigma$ does not turn,
#    $\gamma_{jr}=\sum_{\hat y_i=\sigma}\pm\frac{\|\mu\|^2}{(P-1)^2\|\xi_i\|^2}\,v_i$ *exactly*, with $v_i$ the
#    coefficient of a persistent filter of sample $i$, $+$ for clean and $-$ for flipped samples. So
#    $\gamma(T_1)\approx(1-2p)\,n\,\mathrm{SNR}^2$.
# 4. $\displaystyle\mathrm{SNR}^2\,\frac{\sum_i\overline\rho_{jri}}{\gamma_{j'r'}}\approx\frac a{1-2p}$, with $a$ the
#    share of own pairs that are active: $\frac1{2(1-2p)}$ when the start decides. It is between constants if all $v_i$
#    are.
#
# ## Idea
#
# Both recursions are sums of *the same slopes*. What a sample has contributed to anything can be read off one number,
# its $v_i$, and in every ratio the slopes cancel. Only the length of the stage needs the slopes themselves, and there
# a margin is what was memorised, up to $\kappa$.

# %%
"""Stage one of SGD: derivations, and numbers beside them."""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

from theorems.sgd import first_stage, path, signal_noise_ratio
from theorems.statement import World
from verify.evidence import slope
from verify.observe import observe

n, d, m, B, P, eta, mu, sigma_p, p = sp.symbols("n d m B P eta mu sigma_p p", positive=True)  # mu is the length
a, b, s, v, y = sp.symbols("a b s v y", positive=True)
SNR = mu / ((P - 1) * sigma_p * sp.sqrt(d))

# %% [markdown]
# ## Derivation
#
# ### 1. The length of the stage: `first_stage`
#
# **One equation.** Fix a sample $i$. A persistent filter is active at every visit, so all persistent filters of $i$
# have the same coefficient $v$ (the increment $s_i|\ell'_i|$ does not depend on the filter), and all others have at
# most that. So $\max_r\overline\rho_{y_iri}=v$ and
#
# $$a_iv\le x_i=\frac1m\sum_r\overline\rho_{y_iri}\le A_iv,\qquad|z_i-x_i|\le\kappa,\qquad
# \frac{s_i}{1+e^\kappa e^{A_iv}}\le\Delta v\le\frac{s_i}{1+e^{-\kappa}e^{a_iv}}.$$
#
# **The flow.** $\dot v=s/(1+be^{av})$ is separable: $s\,t=\int_0^v(1+be^{au})\,du=\mathcal I_v(a,b)$.
#
# **Steps against flow.** $\mathcal I$ is convex in $v$, so a step of the recursion raises it by at least $s$: the
# recursion is *ahead* of the flow, and reaches $v$ by epoch $\lceil\mathcal I_v/s\rceil$. And it is ahead by at most
# one first step $s/(1+b)\le s$ (part 4 of notebook 05): it does not reach $v$ before the flow reaches $v-s$. The map
# $v\mapsto v+s/(1+be^{av})$ does not fall while $sa\le4$, so between the two recursions with $(A_i,e^\kappa)$ and with
# $(a_i,e^{-\kappa})$ the true $v$ stays in order. The maximum over $i$ is the earliest sample: $\min_i$ on both sides.

# %%
u = sp.Symbol("u", positive=True)
I_of = sp.integrate(1 + b * sp.exp(a * u), (u, 0, v))
assert sp.simplify(I_of - (v + b / a * (sp.exp(a * v) - 1))) == 0
assert sp.simplify(sp.diff(I_of, v) * s / (1 + b * sp.exp(a * v)) - s) == 0  # along the flow, I grows at rate s
assert sp.simplify(sp.diff(I_of, v, 2) - a * b * sp.exp(a * v)) == 0  # convex
by_hand = (1 - s * a * y / (1 + y) ** 2).subs(y, b * sp.exp(a * v))
assert sp.simplify(sp.diff(v + s / (1 + b * sp.exp(a * v)), v) - by_hand) == 0
assert sp.factor(sp.Rational(1, 4) - y / (1 + y) ** 2) == (y - 1) ** 2 / (4 * (y + 1) ** 2)
integral = sp.lambdify((v, a, b), I_of, "numpy")
half = sp.Rational(1, 2)
for share in (sp.Rational(1, 4), half, 1):
    exact = I_of.subs({v: 2, a: share, b: 1})
    print(f"a = {float(share):.2f}: T_1 = ({sp.simplify(exact)}) / s = {float(exact):.2f} / s")

# %% [markdown]
# **Why the units are what they are.** $s$ is $\eta$ times what the gradient has along $\xi_i$, in the units of $\rho$:
# one $P-1$ from the gradient, one from the unit, $\|\xi_i\|^2\approx\sigma_p^2d$. So $T_1$ falls like $1/d$, $1/\eta$
# and $(P-1)^{-2}$, and grows like $m$ and like $B$ (a larger batch averages, an epoch visits each sample once).
#
# ### 2. Is it linear?
#
# For linear growth the time to 2 is twice the time to 1. Here it is $\mathcal I_2/\mathcal I_1$ times: slopes shrink
# from $\frac12$ at the start to $1/(1+e^{2a})$, about 0.27, at the end. Now
# $\mathcal I_2-2\mathcal I_1=\frac ba(e^a-1)^2\ge0$, and $\mathcal I_1\ge\frac ba(e^a-1)$, so the quotient exceeds 2 by
# at most $e^a-1$, whatever $b$ is.

# %%
first, second = I_of.subs(v, 1), I_of.subs(v, 2)
assert sp.simplify(second - 2 * first - b / a * (sp.exp(a) - 1) ** 2) == 0
assert sp.simplify(first - b / a * (sp.exp(a) - 1)) == 1  # positive
for share in (0.25, 0.5, 1.0):
    quotient = integral(2, share, 1) / integral(1, share, 1)
    assert 2 <= quotient <= 1 + np.exp(share)
    print(f"a = {share:.2f}: time to 2 over time to 1 = {quotient:.2f}, at most {1 + np.exp(share):.2f}")

# %% [markdown]
# ### 3. Signal at the end of the stage: `first_stage`
#
# A visit of sample $i$ adds $s_i|\ell'_i|$ to $v_i$ and, if the filter sees $\hat y_i\mu$,
# $\pm\eta\|\mu\|^2|\ell'_i|/(Bm)$ to $\gamma_{jr}$. The quotient does not depend on the slope.
# So while $\sigma=\mathrm{sign}\langle w_{jr},\mu\rangle$ stays, sum over visits:
#
# $$\gamma_{jr}=\sum_{\hat y_i=\sigma}\pm\frac{\|\mu\|^2}{(P-1)^2\|\xi_i\|^2}v_i
# \approx\mathrm{SNR}^2\Bigl[\sum_{S_+,\hat y=\sigma}v_i-\sum_{S_-,\hat y=\sigma}v_i\Bigr].$$
#
# With $c\approx\frac n2(1-p)$ clean and $f\approx\frac n2p$ flipped samples and all $v_i\approx2$, this is
# $2\,\mathrm{SNR}^2\cdot\frac n2(1-2p)=(1-2p)\,n\,\mathrm{SNR}^2$. (A filter that starts on the wrong side,
# $\mathrm{sign}\langle w_{jr}^{(0)},\mu\rangle=-j$, is pushed to the side $j$ all the time, turns once, and sums over
# the other class before; that makes no difference as far as the classes are alike.)

# %%
steepness, xi_square = sp.symbols("steepness xi_square", positive=True)  # |l'_i| and ||xi_i||^2
to_v = eta * (P - 1) ** 2 * xi_square / (B * m) * steepness
to_gamma = eta * mu**2 / (B * m) * steepness
per_v = sp.simplify(to_gamma / to_v)
assert steepness not in per_v.free_symbols
more = sp.Symbol("more", positive=True)  # P - 1
assert sp.simplify((per_v.subs(xi_square, sigma_p**2 * d) - SNR**2).subs(P, 1 + more)) == 0
clean, flipped = n * (1 - p) / 2, n * p / 2
at_end = sp.factor(2 * SNR**2 * (clean - flipped) / (n * SNR**2))
assert sp.simplify(at_end - (1 - 2 * p)) == 0
print("gamma(T_1) / (n SNR^2), to leading order:", 1 - 2 * p)

# %% [markdown]
# ### 4. The ratio: `signal_noise_ratio`
#
# $\sum_i\overline\rho_{jri}$ sums $v_i$ over the own samples on which filter $jr$ is active, about $a\cdot\frac n2$ of
# them, and $\gamma$ is as above. The $v_i$ are alike (part 1: all grow by nearly the same equation), so
#
# $$\mathrm{SNR}^2\frac{\sum_i\overline\rho_{jri}}{\gamma_{j'r'}}\approx
# \frac{a\frac n2v}{\frac n2(1-2p)v}=\frac a{1-2p},$$
#
# free of $n$. *With bounds:* let $v_i\in[v_{\min},v_{\max}]$, $\|\xi_i\|^2\in[\frac12,\frac32]\sigma_p^2d$, let the
# filter see $N_{jr}$ own samples at all visits and at most $N'_{jr}$ at some, and let $c$, $f$ be the clean and flipped
# samples of the class that the other filter sees. The ratio is between
#
# $$\frac{N_{jr}\,v_{\min}}{2c\,v_{\max}-\frac23f\,v_{\min}}\qquad\text{and}\qquad
# \frac{N'_{jr}\,v_{\max}}{\frac23c\,v_{\min}-2f\,v_{\max}}.$$
#
# By `active_samples` $N_{jr}\ge\frac n8$, by `class_counts` all counts are multiples of $n$: this is the $\Theta$, for
# as long as $f$ is small against $c$. *What $a$ is:* one half if the start decides who is active. If the start is so
# small that cross terms outweigh it, filters that started below 0 are carried above by chance, stay there (own pairs
# only grow once active), and $a$ is larger, up to about $\frac34$. That is a constant too, but another one.

# %%
share, value = sp.symbols("share value", positive=True)
ratio = share * n / 2 * value / ((clean - flipped) * value)
assert sp.simplify(ratio - share / (1 - 2 * p)) == 0
N_jr, c, f, least, most = sp.symbols("N_jr c f least most", positive=True)
longest, shortest = sp.Rational(3, 2), sp.Rational(1, 2)  # of ||xi||^2, in sigma_p^2 d
lower = N_jr * least / (c * most / shortest - f * least / longest)
assert sp.simplify(lower - N_jr * least / (2 * c * most - sp.Rational(2, 3) * f * least)) == 0
upper = N_jr * most / (c * least / longest - f * most / shortest)
assert sp.simplify(upper - N_jr * most / (sp.Rational(2, 3) * c * least - 2 * f * most)) == 0
lower_of, upper_of = (sp.lambdify((N_jr, c, f, least, most), bound) for bound in (lower, upper))

# %% [markdown]
# ### At finite $m$: the band of `first_stage`
#
# $T_1$ is that of the earliest sample, $\int_0^2(1+e^{q\rho})\,d\rho=2+(e^{2q}-1)/q$ epochs' gains with $q$ its
# share of
# active filters. By Hoeffding $\frac12-\sqrt{\log(n/0.05)/(2m)}\le\min_iq_i$ with probability 0.95, and
# $q\le\frac12$ for the
# earliest. So $T_1/m$ lies between the values at both ends, and grows from the first to the second: the slope of
# the lower
# end over a ladder bounds how far its exponent in $m$ can be above 1.

# %% [markdown]
# ## Numbers
#
# **The length**, in the worlds of notebook 03, where all hypotheses are met ($d=10^{12}$; full batches, $P=4$, and
# mini-batches). Measured $T_1$, its bounds, and the leading order; then the time to 2 over the time to 1.


# %%
def stage(world):
    """Observe a world after every epoch; return it with `s_i`, `a_i`, `A_i` and kappa."""
    o = next(observe(World(world.setting, world.phases), range(1)))
    t = world.setting
    step = t.eta * (t.P - 1) ** 2 * (o.sample.xi**2).sum(1) / (t.B * t.m)
    slow, fast = path.speeds(o)  # s_i times the shares
    return o, step, slow / step, fast / step, path.path_bounds(o).kappa


def reaches(o, level):
    """Return the first epoch with `max rho_bar >= level`."""
    return int(o.trained.epoch[(o.trained.rho.max((1, 2, 3)) >= level).argmax()])


STAGES = {
    name: stage(world) for name, world in zip(("full", "P = 4, p = 0.1", "B = n/4"), path.WORLDS[:3], strict=True)
}
for name, (o, step, few, many, kappa) in STAGES.items():
    assert all(margin >= 1 for margin in path.hypotheses(o).values())
    low = (integral(2 - step, few, np.exp(-kappa)) / step).min()
    high = 1 + (integral(2, many, np.exp(kappa)) / step).min()
    leading = (integral(2, few, 1) / step).min()
    measured = reaches(o, 2.0)
    assert low <= measured <= high
    print(f"{name:<14}: {low:5.1f} <= T_1 = {measured} <= {high:5.1f}; leading order {leading:5.1f}; kappa {kappa:.2f}")
    share = few[(integral(2, few, 1) / step).argmin()]
    times = first_stage.linearity([o]), integral(2, share, 1) / integral(1, share, 1)
    assert abs(times[0] / times[1] - 1) < 0.02
    print(f"{'':<14}  T(2) / T(1): measured {times[0]:.2f}, leading order {times[1]:.2f} at a = {share:.2f}")

# %% [markdown]
# **The signal.** The identity of part 3, for filters whose sign did not turn; then $\gamma(T_1)$ and the ratio, in
# their bounds.

# %%
for name, (o, *_) in STAGES.items():
    t, x, end = o.world.setting, o.sample, reaches(o, 2.0)
    own = o.sample.own
    rho, gamma = np.where(own, o.trained.rho[end], 0.0), o.trained.gamma[end]
    v_i = rho.max((0, 1))
    side = np.sign(o.trained.signal_products[: end + 1])
    kept = (side == side[0]).all(0)
    sign = (x.y * x.y_hat) * (x.y_hat == side[end][..., None])  # +1 clean, -1 flipped, 0 not seen
    xi_squares = (x.xi**2).sum(1)
    identity = t.mu_norm**2 / (t.P - 1) ** 2 * (sign * v_i / xi_squares).sum(-1)
    assert np.abs(identity / gamma - 1)[kept].max() < 1e-6
    r = (rho.sum(-1)[:, :, None, None] * t.snr**2 / gamma[kept]).ravel()  # every filter against every such gamma
    seen, ever = ((rho > 0.999 * v_i) & own).sum(-1), (rho > 0).sum(-1)
    c_f = [[((x.y * x.y_hat == k) & (x.y_hat == label)).sum() for k in (1, -1)] for label in (1, -1)]
    low = min(lower_of(seen.min(), *counts, v_i.min(), v_i.max()) for counts in c_f)
    high = max(upper_of(ever.max(), *counts, v_i.min(), v_i.max()) for counts in c_f)
    assert 0 < low <= r.min()
    assert r.max() <= high
    print(f"{name}: {kept.mean():.0%} of the filters kept their side, v_i from {v_i.min():.2f} to {v_i.max():.2f}")
    print(f"  gamma(T_1) / (n SNR^2) = {gamma.mean() / (t.n * t.snr**2):.2f}, leading order {1 - 2 * t.p:.2f}")
    found = rho.sum(-1).mean() * t.snr**2 / gamma.mean()
    print(f"  ratio times SNR^2: {found:.3f} in the mean, leading order {1 / (2 * (1 - 2 * t.p)):.3f}")
    print(f"  all pairs of filters: derived {low:.3f} <= measured {r.min():.2f} to {r.max():.2f} <= derived {high:.2f}")

# %% [markdown]
# **A start smaller than the cross terms.** In the worlds of the ladders of `signal_noise_ratio` ($d=10^8$,
# $\sigma_0=0.1\sqrt n/((P-1)d)$) three quarters of the own pairs become active: one half at the start, and half of the
# others by chance. Those come late and weigh less; the share that counts is $a=\sum\overline\rho/(m\sum_iv_i)$. With
# it, and with the flips that were drawn, the ratio is the formula's (means of 20 draws).

# %%
for flips in (0.0, 0.05, 0.2):
    rows = []
    for o in observe(signal_noise_ratio.world(signal_noise_ratio.BASE.replace(p=flips)), range(20)):
        rho = np.where(o.sample.own, o.trained.rho[-1], 0.0)
        v_i, clean_less_flipped = rho.max((0, 1)), o.sample.y * o.sample.y_hat
        share = rho.sum() / (o.world.setting.m * v_i.sum())
        formula = share * v_i.sum() / (clean_less_flipped * v_i).sum()
        rows.append((2 * (rho > 0).mean(), share, formula, signal_noise_ratio.ratio([o]) * o.world.setting.snr**2))
    counted, share, formula, measured = np.mean(rows, axis=0)
    assert abs(measured / formula - 1) < 0.01
    print(f"p = {flips:.2f}: active pairs {counted:.2f}, a = {share:.3f}", end=", ")
    print(f"a / (1-2p) = {share / (1 - 2 * flips):.3f}, with the flips drawn {formula:.3f}, measured {measured:.3f}")

# %% [markdown]
# **Exponents**, on three of the ladders of the suite with six replicas. The exponent in $m$ is a little above 1, and
# the derivation says why: the stage ends with the *earliest* sample, the one with the smallest share $a_i$, and the
# smallest of $n$ shares grows towards $\frac12$ with $m$. The leading order, from the starts alone, has the same
# excess.

# %%
ladders = {ladder.name: ladder for ladder in first_stage.STATEMENT.ladders + signal_noise_ratio.STATEMENT.ladders}
for name in ("T_1 against d", "T_1 against m", "||mu||"):
    ladder = ladders[name]
    rungs = [list(observe(worlds[0], range(6))) for _, worlds in ladder.rungs]
    quantities = np.array([[ladder.quantity([o]) for o in rung] for rung in rungs]).T
    fitted = slope(name, [value for value, _ in ladder.rungs], quantities, ladder.predicted, 0.05, ladder.finite)
    assert fitted.low < fitted.lower  # the neighbouring exponents are refuted
    assert fitted.upper < fitted.high
    print(f"{name:<14}: {fitted.exponent:6.3f} [{fitted.lower:.3f}, {fitted.upper:.3f}]")
    if name == "T_1 against m":
        predicted = []
        for rung in rungs:
            own_starts = [(o.sample.w0 @ o.sample.xi.T > 0) & o.sample.own for o in rung]
            fewest = [mask.sum((0, 1)).min() / mask.shape[1] for mask in own_starts]
            predicted.append([o.world.setting.m * integral(2, few, 1) for o, few in zip(rung, fewest, strict=True)])
        leading = slope(name, [value for value, _ in ladder.rungs], np.array(predicted).T, 1.0, level=0.05)
        print(f"{'':<14}  {leading.exponent:6.3f} [{leading.lower:.3f}, {leading.upper:.3f}] by min I_2(a_i) / s")

# %% [markdown]
# ## Picture
#
# The first world: full batches, $n=50$, $m=400$, $P=2$. Left: $\max_r\overline\rho_{y_iri}$ of each sample (thin), and
# the flow with the smallest and the largest share $a_i$ (dashed). Time is in the units in which all such worlds look
# alike. Right: $\gamma_{jr}$ of each filter in the units of $n\,\mathrm{SNR}^2$, and the leading order
# $\frac{c-f}nv(t)$ with the clean and flipped samples of either class that were drawn (dashed; $\frac12(1-2p)v(t)$ in
# the mean). There are two bands, as a filter sees the one class or the other.

# %%
o, step, few, _, _ = STAGES["full"]
t, scaled = o.world.setting, o.trained.epoch * step.mean()
window = scaled <= 8
figure, (left, right) = plt.subplots(1, 2, sharex=True)
samples = np.where(o.sample.own, o.trained.rho, 0.0).max((1, 2))
left.plot(scaled[window], samples[window], color="C0", lw=0.4)
left.plot([], [], color="C0", lw=0.4, label="samples, measured")
levels = np.linspace(0, 3, 100)
for share, color in ((few.min(), "black"), (few.max(), "C2")):
    left.plot(integral(levels, share, 1), levels, color=color, ls="--", label=f"flow, $a={share:.2f}$")
left.axhline(2, color="black", lw=0.8)
left.set(xlabel="time $s\\,t$ (epochs times step)", ylabel="noise learned, $v_i$", xlim=(0, 8), ylim=(0, 3))
right.plot(scaled[window], o.trained.gamma.reshape(len(scaled), -1)[window] / (t.n * t.snr**2), color="C0", lw=0.2)
right.plot([], [], color="C0", lw=0.4, label="filters, measured")
for label, color in ((1, "black"), (-1, "C2")):
    kept = o.sample.y[o.sample.y_hat == label].sum() * label / t.n  # (c - f) / n
    times, name = integral(levels, few.mean(), 1), rf"leading order, $\hat{{y}}={label:+d}$"
    right.plot(times, kept * levels, "--", color=color, label=name)
right.set(xlabel="time $s\\,t$ (epochs times step)", ylabel=r"signal learned, $\gamma_{jr}/(n\,\mathrm{SNR}^2)$")
right.set_ylim(0, 1.5)
for axis in (left, right):
    axis.axvline(reaches(o, 2.0) * step.mean(), color="black", lw=0.8)
    axis.legend(loc="upper left")
plt.show()

# %% [markdown]
# ## What would break it
#
# - *A strong signal.* With $n\,\mathrm{SNR}^2$ of order one margins are no longer memorised noise, and $\kappa$ is of
#   order one and more. The signal satisfies the clean samples, whose $v_i$ stop early, and works against the flipped
#   ones, whose slopes go to 1: these reach 2 sooner, after $2/s$ at best. The $v_i$ are no longer alike.
# - *Label noise near one half.* $1-2p\to0$: the signal is not learned, the ratio grows without bound.
# - *A step $s$ above 4.* The stage is one step, and the order of the recursions is lost.
# - *A sample without a persistent filter.* Its $v_i$ stays 0, and so does the lower bound of the ratio. With few
#   filters this happens: $m$ filters are all off with probability $2^{-m}$.

# %%
base = path.world(n=20, B=20, m=100, epochs=400, record_every=1)
CHANGES = {
    "as in the theory": {},
    "n SNR^2 = 1": {"mu_norm": base.setting.mu_norm * np.sqrt(1000)},
    "n SNR^2 = 10": {"mu_norm": base.setting.mu_norm * 100},
    "p = 0.4": {"p": 0.4},
    "m = 2": {"m": 2, "eta": base.setting.eta / 50},
}
for why, change in CHANGES.items():
    changed = World(base.setting.replace(**change), base.phases)
    t, seen = changed.setting, list(observe(changed, range(10)))
    unit = t.eta * (t.P - 1) ** 2 * t.sigma_p**2 * t.d / (t.B * t.m)
    ends = np.array([first_stage.length([o]) * unit for o in seen])
    v_min = np.median([np.where(o.sample.own, o.trained.rho[-1], 0.0).max((0, 1)).min() for o in seen])
    reached = f"s T_1 = {np.nanmedian(ends):5.2f}" if np.isfinite(ends).any() else "s T_1 > 20   "
    found = np.median([signal_noise_ratio.ratio([o]) * t.snr**2 for o in seen])
    print(f"{why:<17}: {reached}; least v_i after 20/s {v_min:5.2f}; ratio times SNR^2 {found:6.2f}")

# %% [markdown]
# ## References
#
# - Chen, Zhang, Kou, Chen, Hsieh, Gu: *Why Does Sharpness-Aware Minimization Generalize Better Than SGD?*,
#   arXiv:2310.07269.
# - Kou, Chen, Chen, Gu: *Benign Overfitting in Two-layer ReLU Convolutional Neural Networks*, arXiv:2303.04145.
