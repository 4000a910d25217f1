"""Inner products track the noise coefficients.

Statement
---------
`|(P-1) <w_jr - w_jr(0), xi_i> - rho_jri| <= 4 n sqrt(log(6n^2/delta)/d) alpha
+ (P-1) gamma sigma_p sqrt(2 log(6n/delta)) / ||mu||` throughout, with `gamma` its bound in `coefficient_scale`.

Hypotheses
----------
Those of `theorems.sgd.path`.

Proof idea
----------
Take the inner product of the decomposition with xi_i: the cross terms are `sum_{k != i} rho_jrk <xi_k, xi_i> /
||xi_k||^2` and `(P-1) j gamma_jr <mu, xi_i> / ||mu||^2`. Bound the products by `noise_cross` and `noise_signal`,
the coefficients by `coefficient_scale`.

Source
------
Inner products along the path, paper; constants derived here.
"""

import numpy as np

from theorems.sgd import path
from theorems.statement import Inequalities, Observation, bound, worst


def claim(o: Observation, copies: int | None = None) -> Inequalities:
    """Compare the distance between products and coefficients with its bound; `copies` stands in for `P - 1`."""
    s, x, run = o.world.setting, o.sample, o.trained
    moved = (copies or s.P - 1) * (run.noise_products - x.w0 @ x.xi.T)
    return (worst("|(P-1)<w-w(0),xi> - rho|", np.abs(moved - run.rho), "<=", path.path_bounds(o).tracking),)


STATEMENT = bound(
    claim,
    path.hypotheses,
    predicts="|(P-1)<w-w(0),xi> - rho| at most the cross terms",
    formula=r"|(P-1)\langle w_{j,r}^{(t)}-w_{j,r}^{(0)},\xi_i\rangle-\rho_{j,r,i}^{(t)}|\le "
    r"4n\sqrt{\tfrac{\log(6n^2/\delta)}{d}}\,\alpha+(P-1)\gamma\,\tfrac{\sigma_p\sqrt{2\log(6n/\delta)}}{\|\mu\|_2}",
    worlds=path.WORLDS,
    draws=(2, 16),
    uses=("decomposition", "coefficient_scale", "noise_norms", "noise_cross", "noise_signal"),
    controls={"factor P - 1 forgotten": (lambda o: claim(o, copies=1), path.WORLDS[1])},
)
