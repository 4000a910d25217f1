"""Relative to the distance moved, SAM's solution is the sharper.

Statement
---------
At equal training loss (0.05), let the flat radius of a solution be that within which the worst rise of the loss is
0.1, and divide it by the distance `||W - W(0)||_F` that training has come. SGD's over that of SAM-then-SGD, from the
same data, initial weights and batches, grows with the dimension: exponent 1/2 in the limit, and between 0.3 and 0.6
along the ladder. So a sharpness relative to the distance ranks the two the wrong way round.

Hypotheses
----------
None is asked for: start and learning rate are in natural units.

Proof idea
----------
The flat radii are both `Theta(1 / (sigma_p sqrt(d)))`: `sharpness_blind` says so of SGD's, and theirs over SAM's
moves by some per cent a decade of d only (`14_sharpness`). SGD
memorises noise: it moves `||W - W(0)||_F = Theta(sqrt(nm) / ((P-1) sigma_p sqrt(d)))`. SAM-then-SGD learns the
signal, and moves at least `||gamma||_2 / ||mu|| = Theta(sqrt(m) / ||mu||)`, whatever d is. The ratio of the ratios
is `Theta((P-1) sigma_p sqrt(d) / (sqrt(n) ||mu||))` once that is large.

Source
------
This suite.
"""

from functools import partial

from theorems.beyond.sharpness.solutions import BASE, both, itself, radius_ratio, relative_radius_ratio
from theorems.ladders import ladder
from theorems.statement import scaling

DIMENSIONS = tuple(2 * 10**6 * 2**k for k in range(5))
SMALLER = tuple(5 * 10**4 * 2**k for k in range(5))
LEVEL = 0.1
"""Rise of the loss, in nats, that a flat radius allows."""
_STEP = 1.0  # larger than elsewhere: the first stage takes d / (step n ||mu||^2) epochs


_BOTH, _ITSELF = partial(both, step=_STEP), partial(itself, step=_STEP)
_RELATIVE, _ABSOLUTE = partial(relative_radius_ratio, level=LEVEL), partial(radius_ratio, level=LEVEL)

STATEMENT = scaling(
    ladder("d", BASE, "d", DIMENSIONS, _BOTH, _RELATIVE, 0.5),
    predicts="flat radius over ||W - W(0)||, of SGD over that of SAM then SGD ~ d^(1/2)",
    formula=r"\frac{\tau_{\mathrm{SGD}}}{\|W_{\mathrm{SGD}}-W^{(0)}\|_F}\Big/"
    r"\frac{\tau_{\mathrm{SAM,SGD}}}{\|W_{\mathrm{SAM,SGD}}-W^{(0)}\|_F}\sim d^{1/2},\quad"
    r"\mathrm{rise}(\tau)=0.1",
    replicas=(12, 40),
    uses=("sharpness_blind",),
    controls={
        "SGD against itself: no ranking": ladder("d", BASE, "d", SMALLER, _ITSELF, _RELATIVE, 0.5),
        "absolute radii": ladder("d", BASE, "d", SMALLER, _BOTH, _ABSOLUTE, 0.5),
    },
)
