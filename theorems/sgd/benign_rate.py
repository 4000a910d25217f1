"""The rate of benign overfitting.

Statement
---------
After training, with `a_j` the signal's part of `|f|` at `y_hat = j`, `g` the noise's part, `E g = (P-1) sigma_p /
sqrt(2 pi) (1/m) sum j ||w_jr||` and `Lambda = (P-1) (1/m) sum ||w_jr||`: `P(y_hat f < 0) <= (1/2) sum_j
exp(-max(a_j + j E g, 0)^2 / (2 sigma_p^2 Lambda^2))`. The exponent is `Theta(n ||mu||^4 / (P^4 sigma_p^4 d))`:
exponents 4 in `||mu||`, 1 in n, -1 in d, -4 in `P-1` and sigma_p.

Hypotheses
----------
None for the bound. For the exponents `n SNR^2` is small, so that memorised noise, not signal, fits the training
data; start and learning rate are in natural units.

Proof idea
----------
`g` is a Lipschitz function of the Gaussian noise patch with constant Lambda; Gaussian concentration. At the end of
training `gamma ~ n SNR^2` (`signal_noise_ratio`) while `||w_jr|| ~ sqrt(n/d) / ((P-1) sigma_p)`; the ratio squared
is `n ||mu||^4 / ((P-1)^4 sigma_p^4 d)` up to a constant.

Source
------
Theorem 3.2 of the paper, part 2; the bound with its constants derived here.
"""

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS
from theorems.boundary import SGD_BASE, natural
from theorems.ladders import ladder
from theorems.overfitting import EPSILON
from theorems.statement import Control, Inequalities, Inequality, Observation, Observations, Statement, World


def exponents(o: Observation) -> tuple[float, float]:
    """Return `max(a_j + j E g, 0)^2 / (2 sigma_p^2 Lambda^2)` for `j = +1, -1`."""
    s = o.world.setting
    W = o.trained.weights(-1)
    j = SIGNS[:, None]
    on_mu = W @ o.sample.mu
    norms = np.linalg.norm(W, axis=-1)
    mean = (s.P - 1) * s.sigma_p * (j * norms).sum() / (s.m * np.sqrt(2 * np.pi))
    width = 2 * ((s.P - 1) * s.sigma_p * norms.sum() / s.m) ** 2
    positive = (j * np.maximum(on_mu, 0)).sum() / s.m
    negative = -(j * np.maximum(-on_mu, 0)).sum() / s.m
    return float(max(positive + mean, 0) ** 2 / width), float(max(negative - mean, 0) ** 2 / width)


def claim(o: Observation, sharpen: float = 1.0) -> Inequalities:
    """Compare the probability of missing the true label with the bound, its exponents times `sharpen`."""
    p = o.world.setting.p
    missed = (o.tested.value - p) / (1 - 2 * p)
    bound = float(np.mean(np.exp(-sharpen * np.array(exponents(o)))))
    return (Inequality("P(y_hat f < 0)", missed, bound, "<=", uncertainty=3 * o.tested.stderr / (1 - 2 * p)),)


def exponent(observations: Observations) -> float:
    """Return the mean of both exponents of the bound."""
    (o,) = observations
    return sum(exponents(o)) / 2


def world(s: Setting, test_samples: int = 0) -> World:
    """Return the world of one setting: SGD to the accuracy asked for."""
    phases = (Phase("sgd", epochs=20_000),)
    return World(natural(s, step=0.1), phases, record_every=10**6, tol=EPSILON, test_samples=test_samples)


BASE = SGD_BASE.replace(d=10**8, mu_norm=100.0)
STRENGTHS = (100.0, 140.0, 200.0, 280.0, 400.0)
WORLDS = tuple(
    world(s, test_samples=20_000)
    for s in (
        BASE.replace(mu_norm=60.0),
        BASE.replace(mu_norm=80.0),
        BASE.replace(P=4, sigma_p=0.3, mu_norm=50.0, p=0.0, B=10),
    )
)

STATEMENT = Statement(
    kind="bound",
    formula=r"\mathbb{P}(\hat y f<0)\le\tfrac12\sum_{j}e^{-\max(a_j+j\,\mathbb{E}g,0)^2/(2\sigma_p^2\Lambda^2)}"
    r"=\exp\bigl(-\Theta(n\|\mu\|_2^4/(P^4\sigma_p^4d))\bigr)",
    predicts="P(y_hat f < 0) <= exp(-c n ||mu||^4 / (P^4 sigma_p^4 d)), c explicit in the weights",
    claim=claim,
    worlds=WORLDS,
    draws={"quick": 8, "full": 40},
    ladders=(
        ladder("exponent against ||mu||", BASE, "mu_norm", STRENGTHS, world, exponent, 4.0, within=0.2),
        ladder("exponent against n", BASE, "n", (32, 50, 80, 128, 200), world, exponent, 1.0, within=0.25),
        ladder(
            "exponent against d",
            BASE.replace(mu_norm=200.0),
            "d",
            tuple(10**8 * k for k in (1, 2, 4, 8, 16)),
            world,
            exponent,
            -1.0,
            within=0.1,
        ),
        ladder("exponent against P-1", BASE, "P-1", (1, 2, 3, 4, 5), world, exponent, -4.0, within=0.2),
    ),
    replicas={"quick": 40, "full": 60},
    controls=(
        Control(
            "exponents a hundred times too large",
            claim=lambda o: claim(o, sharpen=100.0),
            worlds=WORLDS[:1],
            ladders=(),
        ),
        Control(
            "||mu||^2 in the exponent",
            worlds=(),
            ladders=(ladder("exponent against ||mu||", BASE, "mu_norm", STRENGTHS, world, exponent, 2.0, within=0.2),),
        ),
    ),
)
