"""How far the ascent of a single sample reaches along the signal.

Statement
---------
With one sample a batch and no flips, the start `<w_jr(0), j mu>` that separates the filters that learn the signal from
those that do not is `tau ||mu||^2 / ((P-1) sigma_p sqrt(m d))`: over that its ratio is 1, along `||mu||`, m and d.

Hypotheses
----------
`||mu|| / ((P-1) sigma_p)` large, so that the noise of a sample does not move `<w, mu>`; early in training, when half of
all 2m filters are active on a sample.

Proof idea
----------
`eps = tau grad/||grad||`, and a sample's gradient has the length `(|l'|/m) (P-1) ||xi|| sqrt(N)`, N = m of 2m filters
active; its part along mu moves `<w_jr, mu>` by `-tau ||mu||^2 / ((P-1) sigma_p sqrt(N d))` (`single_class_ascent`).

Source
------
This suite; derived in notebook 09.
"""

from theorems.beyond.radius.single_class import BASE, single, threshold
from theorems.ladders import constant
from theorems.statement import Ladder, Quantity, scaling

D = (10**7, 3 * 10**7, 10**8, 3 * 10**8, 10**9)


def along_mu(quantity: Quantity) -> Ladder:
    """Return the ladder along `||mu||`."""
    return constant("threshold along ||mu||", BASE, "mu_norm", (40, 80, 160, 320, 640), single, quantity, 1.0, 0.1)


STATEMENT = scaling(
    along_mu(threshold),
    constant("threshold along m", BASE, "m", (40, 57, 80, 113, 160), single, threshold, 1.0, 0.1),
    constant("threshold along d", BASE, "d", D, single, threshold, 1.0, 0.1),
    predicts="B = 1: the start that separates who learns the signal is tau ||mu||^2 / ((P-1) sigma_p sqrt(m d))",
    formula=r"j\langle w_{jr}^{(0)},\mu\rangle_* = \frac{\tau\|\mu\|_2^2}{(P-1)\sigma_p\sqrt{md}}",
    uses=("single_class_ascent",),
    replicas=(16, 60),
    controls={"||mu|| in the place of ||mu||^2": along_mu(lambda o: threshold(o) * o[0].world.setting.mu_norm / 160)},
)
