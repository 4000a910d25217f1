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
# # Does the gap survive other algorithms?
#
# ![Test error of SGD, SAM, and their variants](../figures/gallery/robustness.svg)
#
# The paper's SAM normalises the gradient of a batch over all filters, ascends on the batch that it then descends on,
# has no memory and runs on one machine. Which of this does the gap between SGD and SAM need?
#
# ## What you need to know
#
# - From 07: what deactivation needs is that the sample is in the ascent under which its gradient is taken.
# - m-SAM ascends on parts of the batch, local SAM on each worker; label noise replaces the ascent altogether.
# - The reach of a variant follows from its number of samples and filters: one line of algebra each.
# - What keeps the reach keeps the gap.
#
# ## Statement
#
# ### `gap_robustness`
#
# At $\|\mu\|=4\sigma_p$ the test error of these, then SGD, does not grow with $d$, while SGD's does: SAM without
# normalisation, normalised for each filter, on halves of the batch, on full batches, with momentum, with batches drawn
# with replacement, on two workers.
#
# ### `gap_lost`
#
# The contour test error $=p+0.1$ of these grows like $d^{1/4}$, as SGD's does: momentum, local SGD, SAM with the ascent
# of another batch.
#
# ### What is certain, and what was rebuilt
#
# The rules are those of the literature (m-SAM, unnormalised SAM, federated
# SAM with local perturbation, label noise gradient descent); no theorem about them is quoted. Everything here is
# derived or measured by this suite.
#
# ## Idea
#
# `deactivation` asks one thing of an ascent $\epsilon$: that $-\langle\epsilon_{jr},\xi_i\rangle$, the *reach* of
# sample $i$, is more than $\langle w_{jr},\xi_i\rangle$ for the active filters of its class. The reach comes from the
# sample's own share of the ascent. So the question is only whether the sample is in the ascent under which its
# gradient is taken.
#
# ## Derivation
#
# At a small start $\ell'=-\frac12$, half of the filters are active on each sample, and noise vectors are orthogonal
# to leading order. The coefficient of $\xi_i$ in the gradient of an active filter is $g=(P-1)/(2Bm)$ in size; $k$
# samples in the ascent (with $B=k$ in $g$) and $m$ active filters on each give $\|\nabla L\|_F^2=km\,g^2\sigma_p^2d$,
# and a single filter sees half of the samples. Then the reach is $\tau g\sigma_p^2d/\|\nabla L\|_F$, or, per filter,
# $\tau/\sqrt{2m}$ in the place of $\tau$ and the filter's norm in the place of $\|\nabla L\|_F$.

# %%
"""The reach of an ascent at the start, derived and measured, and what the variants do to the test error."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
import xarray as xr

from dynamics import Phase, draw, test_error, train_ensemble
from dynamics.units import natural
from figures.robustness.measure import active_pairs
from theorems.beyond.variants.gap_robustness import BASE
from theorems.beyond.variants.schedules import KEEPERS, LOSERS, norm_at_start, other_batch, sam, setting_of, sgd

m, k, B, d, P, sigma_p, tau = sp.symbols("m k B d P sigma_p tau", positive=True)


def pull(samples):
    """Size of the coefficient of one noise vector in the mean gradient of so many samples, one active filter."""
    return (P - 1) / (2 * samples * m)


def norm(samples, pairs):
    """Norm of the mean gradient of so many samples that so many pairs (filter, sample) take part in."""
    return sp.sqrt(pairs) * pull(samples) * sigma_p * sp.sqrt(d)


def reach(samples):
    """What an ascent of length tau on so many samples takes from `<w, xi>` of each of them."""
    return tau * pull(samples) * sigma_p**2 * d / norm(samples, samples * m)


of_sam = sp.simplify(reach(B))
per_filter = sp.simplify((tau / sp.sqrt(2 * m)) * pull(B) * sigma_p**2 * d / norm(B, B / 2))
unnormalised = sp.simplify((tau / norm(B, B * m)) * pull(B) * sigma_p**2 * d)
assert sp.simplify(of_sam - tau * sigma_p * sp.sqrt(d / (B * m))) == 0
assert sp.simplify(per_filter - of_sam) == 0
assert sp.simplify(unnormalised - of_sam) == 0
assert sp.simplify(reach(k) / of_sam - sp.sqrt(B / k)) == 0
print("SAM, and unnormalised at its start:", of_sam)
print("per filter:", per_filter)
print("groups of k, over SAM:", sp.simplify(reach(k) / of_sam))

# %% [markdown]
# All have the reach of SAM, except groups, whose reach is *longer* by $\sqrt{B/k}$. Two workers with batches of $B$
# each have SAM's, on their own samples. Momentum changes nothing in the ascent. An ascent on another batch reaches
# $\xi_i$ only through cross terms, $\langle\xi_i,\xi_k\rangle\sim\sigma_p^2\sqrt d$ instead of $\sigma_p^2d$, with
# random signs: its reach is smaller by $\sqrt{B/(2d)}$, unless sample $i$ happens to be in that batch, too.
#
# ## Numbers
#
# The reach at the start, mean over the pairs (filter, sample of its class, active), in units of
# $\tau\sigma_p\sqrt{d/(Bm)}$:

# %%
s = natural(BASE.replace(d=100_000), step=0.5)
unit = sam(s)[0].tau * s.sigma_p * np.sqrt(s.d / (s.B * s.m))


def reaches(phase, seed):
    """Return the reach of each pair of the first epoch, in units."""
    before, after = active_pairs(s, draw(s, seed), phase, seed, steps=1)
    return (before - after) / unit


found = {}
for name, schedule in {**KEEPERS, "ascent on another batch": other_batch}.items():
    phase = schedule(s)[0]
    if phase.workers is None and not phase.replacement and phase.rule != "sam_momentum":
        found[name] = np.concatenate([reaches(phase, seed) for seed in range(20)])
        print(f"{name:<28} mean {found[name].mean():.2f}, least {found[name].min():.2f}, {len(found[name])} pairs")
assert all(abs(found[name].mean() - 1) < 0.1 for name in ("SAM", "unnormalised SAM", "SAM per filter"))
assert abs(found["m-SAM, halves of the batch"].mean() - 2**0.5) < 0.15
elsewhere = np.abs(found["ascent on another batch"]) < 0.1
assert 0.35 < elsewhere.mean() < 0.65  # half of the samples are in the other batch by chance: B = n/2

# %% [markdown]
# The test error at $d=10^5$, where SGD's is at least $p+0.1$ (six seeds; the ladders are in the catalogue):

# %%
seeds = range(6)
samples = [draw(s, seed) for seed in seeds]
errors = {}
for name, schedule in {"SGD": sgd, "SAM": sam, "ascent on another batch": other_batch, **KEEPERS, **LOSERS}.items():
    t = setting_of(schedule, s)
    runs = train_ensemble(t, samples, schedule(t), seeds, record_every=10**9, tol=0.05)
    pairs = zip(samples, runs, strict=True)
    errors[name] = np.array([test_error(t, x, run.weights(-1), 2_000, 0).value for x, run in pairs])
    print(f"{name:<30} {errors[name].mean():.2f}, from {errors[name].min():.2f} to {errors[name].max():.2f}")
assert all(errors[name].mean() < s.p + 0.05 for name in KEEPERS)
assert all(errors[name].mean() > s.p + 0.1 for name in (*LOSERS, "SGD"))

# %% [markdown]
# The kept table, `results/robustness.nc`: ten seeds, three settings, the share of pairs that the ascent switches off
# in the first 100 steps, and what was learned.

# %%
results = Path("../results/robustness.nc")
data = xr.load_dataset(results if results.exists() else Path("results/robustness.nc"))
for setting in data.setting.values:
    print(f"{setting!s:<46} error  noise  signal  off")
    for variant in data.variant.values:
        one = data.sel(setting=setting, variant=variant)
        if np.isfinite(one.test_error_mean):
            numbers = [float(one[f"{name}_mean"]) for name in ("test_error", "noise_max", "signal", "deactivated")]
            print(f"  {variant!s:<44} {numbers[0]:.2f} {numbers[1]:7.2f} {numbers[2]:7.3f} {numbers[3]:5.2f}")
independent = data.test_error_mean.sel(setting="d = 1e5, P = 4")
assert float(independent.sel(variant="SGD, independent patches")) > 0.15
assert float(independent.sel(variant="SAM, independent patches")) < 0.1

# %% [markdown]
# What it shows beyond the two statements:
#
# - *Label noise* for $T_1$ epochs, with no ascent at all, lowers SGD's error but not to SAM's: it learns more of the
#   signal than SGD, and keeps the memorised noise. How it depends on $d$, on the step and on the probability of a
#   flip was not settled here; its runs scatter.
# - *m-SAM on single samples* with the radius of the whole batch switches off every pair and still fails: the reach
#   is $\sqrt B$ times longer, it also takes the signal's filters off, and less signal is learned. With the radius of
#   a batch of one it comes near SAM, with scatter.
# - *Batches with replacement* keep the test error, but not the noise: a sample that a batch holds several times takes
#   a step several times as long, and some noise coefficients escape (at a step of 1 in natural units in nearly all
#   runs, at 0.5, as here, in most, at 0.25 in none of 24). SAM's prevention is a property of small steps; the test
#   error is less sensitive, as the signal is there.
# - *Independent noise* in the $P-1$ patches leaves the gap as it is.
#
# ## Picture

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
bins = np.linspace(-0.25, 2, 46)
left.hist(found["SAM"], bins, alpha=0.7, color="C1", label="on the same batch")
left.hist(found["ascent on another batch"], bins, alpha=0.7, color="C2", label="on another batch")
left.set(xlabel=r"reach, in $\tau\sigma_p\sqrt{d/(Bm)}$", ylabel="pairs at the start")
left.legend()
off = data.isel(setting=0)
known = np.isfinite(off.deactivated_mean)
right.plot(off.deactivated_mean[known], off.test_error_mean[known], "o", color="0.3")
for name, side, place in (("SAM, ascent on another batch", "left", 0.28), ("m-SAM, single samples", "right", 0.97)):
    right.text(place, float(off.test_error_mean.sel(variant=name)), name, ha=side, va="center", fontsize=9)
right.axhline(float(data.attrs["p"]) + 0.1, color="black", lw=0.8, ls="--", label="harmful from here on")
right.set(xlabel="share of pairs switched off", ylabel="test error at d = 1e5", xlim=(0, 1.05), ylim=(0, 0.45))
right.legend(loc="lower left")
plt.show()

# %% [markdown]
# ## What would break it
#
# - *A batch that is the whole sample*: then there is no other batch, and the ascent on "another" is SAM. With
#   $B=n/2$, half of the samples are reached by chance, and still SGD's boundary is what comes out.
# - *Longer steps* break the prevention of noise before they break the gap.
# - *A radius in the wrong unit*: the unnormalised rule has SAM's reach only while the gradient has its initial
#   length. As the loss falls its reach does too; in the SAM stage the loss does not fall much.

# %%
x = draw(s, 0)
tau_0 = sam(s)[0].tau
for factor in (1.0, 0.1, 0.01):
    phases = (Phase("sam_unnormalised", sam(s)[0].epochs, factor * tau_0 / norm_at_start(s)), Phase("sgd", 500))
    run = train_ensemble(s, [x], phases, [0], record_every=10**9, tol=0.05)[0]
    print(f"unnormalised, {factor:4} of the radius: test error {test_error(s, x, run.weights(-1), 2_000, 0).value:.2f}")
whole = s.replace(B=s.n, eta=2 * s.eta)
one, two = (
    train_ensemble(whole, [x], (Phase(rule, 50, tau_0),), [0])[0].rho[-1] for rule in ("sam", "sam_other_batch")
)
assert np.abs(one - two).max() < 1e-9

# %% [markdown]
# ### At finite $d$
#
# After SAM the test error is that of the noise along $\mu$, which does not know of $d$, and that of the memorised noise
# across it, whose square is smaller by $n/d$ (part 5 of `09_theorem_and_gap`). So it falls to its limit, at most like
# $1/d$: exponents between $-1$ and 0, and a growing error is what is refuted.

# %% [markdown]
# ## References
#
# - Chen, Zhang, Kou, Chen, Hsieh, Gu: *Why Does Sharpness-Aware Minimization Generalize Better Than SGD?*,
#   arXiv:2310.07269.
# - Foret, Kleiner, Mobahi, Neyshabur: *Sharpness-Aware Minimization for Efficiently Improving Generalization*,
#   arXiv:2010.01412 (m-sharpness).
# - Andriushchenko, Flammarion: *Towards Understanding Sharpness-Aware Minimization*, arXiv:2206.06232 (m-SAM,
#   unnormalised SAM).
# - Qu, Li, Duan, Liu, Tang, Lu: *Generalized Federated Learning via Sharpness Aware Minimization*, arXiv:2206.02618
#   (SAM inside each worker).
