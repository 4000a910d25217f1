"""Sharpness does not see what is harmful.

Statement
---------
At equal training loss (0.05) SGD's sharpness tells neither the signal nor the dimension, while its test error goes from
p to a half. The worst rise of the loss within the radius of Theorem 4.1, `tau ~ 1/(sigma_p sqrt(d))`, has exponent 0 in
`||mu||` and in d; so has that within a tenth of the radius in `||mu||`. The trace of the Hessian is
`1/(2 log 2) (P-1)^2 sigma_p^2 d l''/m`, up to a tenth, with `l'' = (1 - 0.05)` of the loss, and all of its n
eigenvalues are equal: the largest is `trace / n`, up to a fifth.

Hypotheses
----------
None is asked for: `n SNR^2` is at most 0.05 on all rungs, so that SGD fits the data by their noise; start and
learning rate are in natural units.

Proof idea
----------
A perturbation moves the products by `T A`, `||A||_F <= tau` (`dynamics.sharpness`), and T is `(P-1) sigma_p sqrt(d)`
times an orthogonal matrix, up to terms of the order `sqrt(n/d)` and SNR. So at `tau = c / (sigma_p sqrt(d))`
the worst rise is a function of c and of `<w, xi>` alone. Under SGD these are what loss 0.05 asks for: they know of
neither mu nor d. For the same reason the Hessian's eigenvalues are `l''_i a_i (P-1)^2 ||xi_i||^2 / (n m^2)`, with `a_i`
the filters active on `xi_i`. Under SGD `x_i' ~ a_i exp(-x_i)`, so that the loss of a sample is `~ 1/a_i` and all
eigenvalues agree; their sum is `l''` times the harmonic mean of a, that of m/2 to m evenly: `m / (2 log 2)`.

Source
------
This suite. The paper names sharpness as what SAM minimises, and proves its theorems without it.
"""

import math
from dataclasses import replace
from functools import partial

from dynamics.sharpness import hessian
from theorems.beyond.sharpness.solutions import BASE, both, rise_at, sgd_alone
from theorems.ladders import constant, ladder
from theorems.overfitting import EPSILON
from theorems.statement import Finite, Ladder, Observations, Quantity, scaling

STRENGTHS = (2.0, 4.0, 8.0, 16.0, 32.0)
DIMENSIONS = (10**5, 10**6, 10**7, 10**8, 10**9)
WITHIN, EVEN = 0.1, 0.2
_CURVATURE = math.exp(-EPSILON) * -math.expm1(-EPSILON)
"""`l''` of a sample of this loss."""
_WORST = partial(rise_at, ratio=1.0)
_tested = partial(sgd_alone, test_samples=2_000)


def error(observations: Observations) -> float:
    """Return the test error of the run."""
    (o,) = observations
    return o.tested.value


def share(observations: Observations) -> float:
    """Return the trace of the Hessian over `(P-1)^2 sigma_p^2 d l'' / m`."""
    (o,) = observations
    s = o.world.setting
    trace = float(hessian(s, o.sample, o.trained.weights(-1)).trace)
    return trace * s.m / ((s.P - 1) ** 2 * s.sigma_p**2 * s.d * _CURVATURE)


def unevenness(observations: Observations) -> float:
    """Return the largest eigenvalue of the Hessian over the mean of the n that are not 0."""
    (o,) = observations
    found = hessian(o.world.setting, o.sample, o.trained.weights(-1))
    return float(o.world.setting.n * found.largest / found.trace)


def _against_mu(name: str, quantity: Quantity) -> Ladder:
    return ladder(name, BASE, "mu_norm", STRENGTHS, sgd_alone, quantity, 0.0)


_IN_D = ladder(
    "SGD at tau_paper against d", BASE, "d", DIMENSIONS, sgd_alone, _WORST, 0.0, Finite("14_sharpness", correction=-0.5)
)

STATEMENT = scaling(
    _against_mu("SGD at tau_paper against ||mu||", _WORST),
    _against_mu("SGD at tau_paper/10 against ||mu||", partial(rise_at, ratio=0.1)),
    _IN_D,
    constant("trace along d", BASE, "d", DIMENSIONS, sgd_alone, share, 1 / (2 * math.log(2)), WITHIN),
    constant("largest eigenvalue along d", BASE, "d", DIMENSIONS, sgd_alone, unevenness, 1.0, EVEN),
    predicts="SGD's worst rise ~ ||mu||^0 d^0; trace (P-1)^2 sigma_p^2 d l''/(2 log(2) m), n equal eigenvalues",
    formula=r"\max_{\|\epsilon\|_F\le\tau}L_S(W+\epsilon)-L_S(W)\ \sim\ \|\mu\|_2^{0}\,d^{\,0},\qquad"
    r"\mathrm{tr}\,\nabla^2L_S=n\lambda_{\max}=\frac{(P-1)^2\sigma_p^2d}{2m\log 2}\,\ell''",
    replicas=(16, 40),
    uses=("balanced_logits", "active_share"),
    controls={
        "the test error in the place of the rise, against ||mu||": ladder(
            "SGD against ||mu||", BASE, "mu_norm", STRENGTHS, _tested, error, 0.0
        ),
        "the test error in the place of the rise, against d": replace(
            ladder("SGD against d", BASE, "d", DIMENSIONS, _tested, error, 0.0), finite=_IN_D.finite
        ),
        "SAM then SGD, whose eigenvalues are not equal": constant(
            "largest eigenvalue along d",
            BASE,
            "d",
            tuple(10**5 * 2**k for k in range(5)),
            both,
            unevenness,
            1.0,
            EVEN,
        ),
    },
)
