"""A counterexample as a plain NumPy program that imports nothing of this suite."""

from pathlib import Path

from dynamics.files import write_text
from verify.attack.case import Case

MEASURES = {
    "||grad||_F": ("max(norms)", "<="),
    "max rho_bar": ("np.where(own, rho, 0).max()", "<="),
    "SAM: max rho_bar up to T_1": ("np.where(own, rho, 0).max()", "<="),
    "min rho_under": ("np.where(own, 0, rho).min()", ">="),
    "max gamma": ("gamma.max()", "<="),
    "min gamma": ("gamma.min()", ">="),
    "gamma_jr(T_1)": ("gamma.min()", ">="),
    "training loss": ("loss(W)", "<="),
    "test error - p": ("error(W) - p", ""),
    "test error of the rule - that of another radius": ("error(W) - error(train(rival))", "<="),
}
"""The inequalities that a plain program can measure, each as an expression of what it has at hand."""


def program(case: Case) -> str:
    """Return the program of a case.

    Raises
    ------
    ValueError
        If its inequality is none that a plain program measures, its data were moved, or a rule is not SGD or SAM.
    """
    if case.label not in MEASURES:
        raise ValueError(
            f"script is not allowed: no plain program measures {case.label!r}; it must be one of {', '.join(MEASURES)}"
        )
    if case.sample is not None or case.batches != "random":
        raise ValueError("script is not allowed: the data or batches of the case were moved; its file replays them")
    w = case.world
    if any(phase.rule not in ("sgd", "sam") or phase.replacement for phase in (*w.phases, *w.rival)):
        raise ValueError("script is not allowed: a plain program knows only the rules sgd and sam")
    s, (expression, sense) = w.setting, MEASURES[case.label]
    sense = sense or (
        "<=" if case.measured > case.bound else ">="
    )  # that which fails: harmful and benign share a label
    runs = [[(phase.epochs, phase.tau or 0.0) for phase in phases] for phases in (w.phases, w.rival)]
    return _PROGRAM.format(
        title=f"{case.id}: {case.label} is claimed to be {sense} {case.bound!r}, and is about {case.measured:.6g}.",
        setting=", ".join(f"{name}={value!r}" for name, value in s.model_dump().items()),
        seed=case.seed,
        phases=runs[0],
        rival=runs[1],
        tol=w.tol or 0.0,
        tests=max(w.test_samples, 1),
        expression=expression,
        sense=sense,
        bound=case.bound,
    )


def write(case: Case, target: Path) -> None:
    """Write the program of a case; arguments and errors as for `program`."""
    write_text(target, program(case))


_PROGRAM = '''"""{title}
A counterexample in plain NumPy: data, network, SGD and SAM of arXiv:2310.07269 (Definition 2.1, Section 2.2)."""
import numpy as np

s = dict({setting})
n, d, m, P, mu, sigma_p, p, sigma_0, B, eta = s.values()
phases, rival, tol = {phases}, {rival}, {tol}  # (epochs, tau); tau = 0 is SGD
rng = np.random.default_rng([0, {seed}])
y_hat = rng.integers(0, 2, size=n) * 2 - 1
y = np.where(rng.random(n) < p, -y_hat, y_hat)
rng.integers(0, P, size=n)  # which patch holds the signal: the network sums over patches
N = n + 2 * m
if d <= N:
    rows = rng.standard_normal((N, d))
else:  # the law of N normal vectors in R^d, in a frame of their span whose first axis is mu
    L = np.tril(rng.standard_normal((N, N)), -1)
    L[np.arange(N), np.arange(N)] = np.sqrt(rng.chisquare(d - 1.0 - np.arange(N)))
    rows = np.column_stack([rng.standard_normal(N), L])
xi, W0 = sigma_p * rows[:n], sigma_0 * rows[n:].reshape(2, m, -1)
mu_vector = np.r_[mu, np.zeros(rows.shape[1] - 1)]
X = np.stack([y_hat[:, None] * mu_vector, (P - 1) * xi], 1)  # relu is homogeneous: P - 1 equal patches are one
J = np.array([1.0, -1.0])[:, None, None]
norms = []
def f(W, X):
    return (J * np.maximum(np.einsum("jrd,nqd->jrnq", W, X), 0).sum(-1)).sum((0, 1)) / m
def gradient(W, I):
    on = np.einsum("jrd,nqd->jrnq", W, X[I]) > 0
    slope = -y[I] / (1 + np.exp(np.clip(y[I] * f(W, X[I]), -700, 700))) / (len(I) * m)
    return np.einsum("jrnq,nqd->jrd", J[..., None] * slope[:, None] * on, X[I])
def loss(W):
    return np.logaddexp(0, -y * f(W, X)).mean()
def train(phases):
    rng, W, drawn = np.random.default_rng([1, {seed}]), W0.copy(), []
    for epochs, tau in phases:
        for _ in range(epochs):
            if not drawn:  # orders come in blocks of 64 epochs; full batches need none
                orders = np.tile(np.arange(n), (64, 1))
                drawn = list(orders if B == n else rng.permuted(orders, axis=1))
            for I in drawn.pop(0).reshape(-1, B):
                g = gradient(W, I)
                norms.append(np.linalg.norm(g))
                W = W - eta * (gradient(W + tau * g / norms[-1], I) if tau and norms[-1] else g)
            if tol and loss(W) <= tol:
                return W
    return W
def error(W, samples={tests}):  # on fresh data, label flips included
    z = sigma_p * np.random.default_rng(1).standard_normal((samples, W.shape[-1]))
    wrong = [h * f(W, np.stack([0 * z + h * mu_vector, (P - 1) * z], 1)) < 0 for h in (1, -1)]
    return p + (1 - 2 * p) * np.mean(wrong)
W = train(phases)
C = np.linalg.lstsq(np.vstack([mu_vector / mu**2, xi / (xi**2).sum(1)[:, None] / (P - 1)]).T,
                    (W - W0).reshape(2 * m, -1).T, rcond=None)[0].T.reshape(2, m, -1)
gamma, rho, own = J[..., 0] * C[..., 0], C[..., 1:], y == J
measured = {expression}
print(f"measured {{measured}}, claimed {sense} {bound!r}: {{'holds' if measured {sense} {bound!r} else 'FAILS'}}")
'''
