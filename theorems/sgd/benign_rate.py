"""The rate of benign overfitting.

Statement
---------
The exponent of the bound of `benign_bound` on SGD's excess error is `Theta(n ||mu||^4 / (P^4 sigma_p^4 d))`: exponents
4 in `||mu||`, 1 in n, -1 in d, -4 in `P-1` and sigma_p.

Hypotheses
----------
`n SNR^2` is small, so that memorised noise, not signal, fits the training data; start and learning rate are in natural
units.

Proof idea
----------
At the end of training `gamma ~ n SNR^2` (`signal_noise_ratio`) while `||w_jr|| ~ sqrt(n/d) / ((P-1) sigma_p)`; the
ratio squared is `n ||mu||^4 / ((P-1)^4 sigma_p^4 d)` up to a constant.

Source
------
Theorem 3.2 of the paper, part 2.
"""

from theorems.ladders import ladder
from theorems.sgd import rate
from theorems.sgd.rate import N, exponent, world
from theorems.statement import scaling

BASE = rate.BASE.replace(d=10**12, mu_norm=4000.0)
"""So far up that `n SNR^2`, which takes from the exponent in `||mu||`, is below 0.002, at `z = 4` to 16."""
STRENGTHS = (1600.0, 2260.0, 3200.0, 4530.0, 6400.0)
D = tuple(10**12 * k for k in (1, 2, 4, 8, 16))

STATEMENT = scaling(
    ladder("exponent against ||mu||", BASE, "mu_norm", STRENGTHS, world, exponent, 4.0),
    ladder("exponent against n", BASE, "n", N, world, exponent, 1.0),
    ladder("exponent against d", BASE, "d", D, world, exponent, -1.0),
    ladder(
        "exponent against P-1", BASE.replace(d=10**14, mu_norm=40_000.0), "P-1", (1, 2, 3, 4, 5), world, exponent, -4.0
    ),
    predicts="P(y_hat f < 0) <= exp(-c n ||mu||^4 / (P^4 sigma_p^4 d)): exponents 4, 1, -1, and -4 in P-1",
    formula=r"\mathbb{P}(\hat y f<0)\le\exp\bigl(-\Theta(n\|\mu\|_2^4/(P^4\sigma_p^4d))\bigr)",
    uses=("benign_bound", "signal_noise_ratio"),
    replicas=(60, 80),
    controls={
        "||mu||^2 in the exponent": ladder("exponent against ||mu||", BASE, "mu_norm", STRENGTHS, world, exponent, 2.0)
    },
)
