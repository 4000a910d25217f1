"""With relu^q the boundary of SGD is at n SNR^q of order one.

Statement
---------
For the activation relu^q, q > 2, and full batches without flips, SGD's contour `test error = 0.1` follows `n SNR^q =
Theta(1)`: with q = 3, `||mu|| ~ d^{1/2} n^{-1/3} (P-1) sigma_p`, in the place of `d^{1/4} n^{-1/4}` for relu. At finite
n it is `d^{1/2} ((1 - 1/f) / n)^{1/3}`, f the factor by which the signal has to grow.

Hypotheses
----------
None is asked for. The start is the same in `(P-1) <w(0), xi>` along all ladders, and d is so large that it outweighs
what memorised noise adds to the product of another sample, of order `sqrt(n/d)`.

Proof idea
----------
A product grows like `z' = c z^(q-1)`, and is infinite after `1 / ((q-2) c z(0)^(q-2))`: the first wins all. `c` is
`n SNR^2` times as large for the signal as for the noise of one sample, and `z(0)` SNR times: the signal is there first
if `n SNR^2 SNR^(q-2)` exceeds a constant (`16_activations`). At finite n the signal has to grow only by a factor of
order 1/SNR to outweigh the noise that the start makes of a fresh input, which is derived: the exponent in n is -0.30
at the sizes of the ladder, and -1/3 in the limit.

Source
------
Cao, Chen, Belkin, Gu: Benign Overfitting in Two-layer Convolutional Neural Networks (NeurIPS 2022, arXiv:2202.06526)
has this boundary for relu^q; exponents, their limits and the runs are this suite's.
"""

from theorems.beyond.activation.race import boundary, over_expected
from theorems.statement import scaling

DIMENSIONS = (10**7, 10**8, 10**9, 10**10, 10**11)
SAMPLES = (20, 30, 45, 68, 100)

STATEMENT = scaling(
    boundary("boundary of relu^3 against d", "d", DIMENSIONS, 1 / 2),
    boundary("boundary of relu^3 over derived, against n", "n", SAMPLES, 0.0, quantity=over_expected),
    predicts="||mu|| at test error 0.1 ~ d^(1/2) (P-1) sigma_p for relu^3, and in n as derived: -1/3 in the limit",
    formula=r"n\,\mathrm{SNR}^q=\Theta(1):\quad\|\mu\|_2^*\sim d^{1/2}\,n^{-1/q}\,(P-1)\,\sigma_p,\quad q=3",
    replicas=(160, 240),
    any_activation=True,
    controls={
        "relu^2: n SNR^2 = Theta(1)": boundary("boundary of relu^2 against n", "n", SAMPLES, -1 / 3, q=2),
        "relu's exponent 1/4 in d": boundary("boundary of relu^3 against d", "d", DIMENSIONS, 1 / 4),
        "relu's exponent -1/4 in n": boundary("boundary of relu^3 against n", "n", SAMPLES, -1 / 4),
    },
)
