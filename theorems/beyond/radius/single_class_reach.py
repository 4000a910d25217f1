"""How far the ascent of a batch of one class reaches along the signal.

Statement
---------
With batches of one class and no flips, the start `<w_jr(0), j mu>` that separates the filters that learn the signal
from those that do not is `tau sqrt(B) ||mu||^2 / ((P-1) sigma_p sqrt(m d))`: over that its ratio is 1, along `||mu||`,
m, d and the radius with B = 1, and along B with clients that hold one batch each, sorted by label.

Hypotheses
----------
`||mu|| / ((P-1) sigma_p)` large, so that the noise of a sample does not move `<w, mu>`; early in training, when half of
all 2m filters are active on a sample.

Proof idea
----------
`eps = tau grad/||grad||`, and a sample's gradient has the length `(|l'|/m) (P-1) ||xi|| sqrt(N)`, N = m of 2m filters
active; its part along mu moves `<w_jr, mu>` by `-tau ||mu||^2 / ((P-1) sigma_p sqrt(N d))` (`single_class_ascent`).
The noise of B samples is B orthogonal vectors of which the mean is shorter by `sqrt(B)`, and the signal is one. Clients
leave one batch of both classes, whichever way labels fall: along B the constant is claimed less closely.

Source
------
This suite; derived in notebook 09.
"""

from dataclasses import replace

from theorems.beyond.radius.single_class import BASE, of_batches, of_radius, single, threshold
from theorems.ladders import constant, constant_on
from theorems.statement import Ladder, Quantity, scaling

RADII = (0.5, 0.7, 1.0, 1.4, 2.0)
SIZES = (1, 2, 3, 4, 5)
D = (10**7, 3 * 10**7, 10**8, 3 * 10**8, 10**9)


def along_mu(quantity: Quantity) -> Ladder:
    """Return the ladder along `||mu||`."""
    return constant("threshold along ||mu||", BASE, "mu_norm", (40, 80, 160, 320, 640), single, quantity, 1.0, 0.1)


ALONG_TAU = constant_on("threshold along tau", [(r, of_radius(r)) for r in RADII], threshold, 1.0, 0.1)
ALONG_B = constant_on("threshold along B", [(B, of_batches(B)) for B in SIZES], threshold, 1.0, 0.15)
"""Short ladders: their neighbours are the next half powers, such as a reach that does not know of B."""

STATEMENT = scaling(
    along_mu(threshold),
    constant("threshold along m", BASE, "m", (40, 57, 80, 113, 160), single, threshold, 1.0, 0.1),
    constant("threshold along d", BASE, "d", D, single, threshold, 1.0, 0.1),
    replace(ALONG_TAU, neighbours=(-0.5, 0.5)),
    replace(ALONG_B, neighbours=(-0.5, 0.5)),
    predicts="one class: the start that separates who learns is tau sqrt(B) ||mu||^2 / ((P-1) sigma_p sqrt(m d))",
    formula=r"j\langle w_{jr}^{(0)},\mu\rangle_* = \frac{\tau\sqrt B\|\mu\|_2^2}{(P-1)\sigma_p\sqrt{md}}",
    uses=("single_class_ascent",),
    replicas=(16, 60),
    controls={"||mu|| in the place of ||mu||^2": along_mu(lambda o: threshold(o) * o[0].world.setting.mu_norm / 160)},
)
