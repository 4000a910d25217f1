"""Signal-noise decomposition.

Statement
---------
`w_jr = w_jr(0) + j gamma_jr mu / ||mu||^2 + (1/(P-1)) sum_i rho_jri xi_i / ||xi_i||^2` at all times,
under SGD and under SAM, with unique coefficients.

Hypotheses
----------
`mu, xi_1, .., xi_n` are linearly independent (almost sure for `d > n`).

Proof idea
----------
Every gradient is a combination of these vectors; induct over steps.

Source
------
Signal-noise decomposition, paper.
"""

import numpy as np

from dynamics import Phase
from dynamics.arrays import SIGNS
from dynamics.units import regime
from theorems.statement import Inequalities, Margins, Observation, World, identity, worst

BUDGET = 1e-11  # relative, for a few hundred steps in double precision


def hypotheses(o: Observation) -> Margins:
    """Return the smallest singular value of the unit vectors over what rounding can tell from zero."""
    V = np.vstack([o.sample.mu, o.sample.xi])
    units = V / np.linalg.norm(V, axis=1, keepdims=True)
    smallest = np.linalg.svd(units, compute_uv=False)[-1] if len(V) <= V.shape[1] else 0.0
    return {"independence: smallest singular value / 1e-6": float(smallest) / 1e-6}


def claim(o: Observation, copies: int | None = None) -> Inequalities:
    """Rebuild the trained weights from `gamma` and `rho`; `copies` stands in for `P - 1`."""
    x, path = o.sample, o.trained
    copies = o.world.setting.P - 1 if copies is None else copies
    rebuilt = (
        x.w0
        + (SIGNS[:, None] * path.gamma)[..., None] * x.mu / (x.mu @ x.mu)
        + path.rho @ (x.xi / np.einsum("id,id->i", x.xi, x.xi)[:, None]) / copies
    )
    trained = np.stack([path.weights(k) for k in range(len(path.step))])
    error = np.linalg.norm(rebuilt - trained, axis=-1) / np.linalg.norm(trained, axis=-1)
    return (worst("||rebuilt - w|| / ||w||", error, "<=", BUDGET),)


WORLDS = tuple(
    World(
        s,
        phases=(Phase("sam", epochs=15, tau=0.5 / (s.sigma_p * np.sqrt(s.d))), Phase("sgd", epochs=15)),
        engine="network",
    )
    for s in (
        regime(n=12, d=400, m=5, mu_norm=3.0, B=4, P=3, p=0.1),
        regime(n=10, d=10**8, m=4, mu_norm=60.0, B=10, P=5, sigma_p=0.3, p=0.2),
        regime(n=8, d=10**3, m=6, mu_norm=50.0, B=1, P=2, sigma_p=20.0, p=0.0),
    )
)

STATEMENT = identity(
    claim,
    hypotheses,
    predicts="weights = initial weights + their gamma and rho parts, exactly",
    formula=r"w_{j,r}^{(t)} = w_{j,r}^{(0)} + j\,\gamma_{j,r}^{(t)}\frac{\mu}{\|\mu\|_2^2}"
    r" + \frac{1}{P-1}\sum_{i=1}^n \rho_{j,r,i}^{(t)}\frac{\xi_i}{\|\xi_i\|_2^2}",
    worlds=WORLDS,
    any_activation=True,
    controls={"factor 1/(P-1) forgotten": (lambda o: claim(o, copies=1), WORLDS[0])},
)
