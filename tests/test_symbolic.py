"""The recursions, derived: differentiate the loss, insert the decomposition, collect coefficients."""

from itertools import pairwise

import pytest
import sympy as sp

D, N, M = 2, 2, 2  # dimensions, samples, filters per sign; P, B, eta and all entries are symbols
P, B, eta = sp.symbols("P B eta", positive=True)
MU = sp.Matrix(sp.symbols(f"mu1:{D + 1}", real=True))
XI = [sp.Matrix(sp.symbols(f"xi{i}_1:{D + 1}", real=True)) for i in range(N)]
FILTERS = [(j, r) for j in (1, -1) for r in range(M)]
W = {(j, r): sp.Matrix(sp.symbols(f"w{'p' if j > 0 else 'm'}{r}_1:{D + 1}", real=True)) for j, r in FILTERS}
# activations 1(<w_jr, xi_i> > 0) and 1(<w_jr, y_hat_i mu> > 0): constants of the pattern
NOISE_ON = {(j, r, i): sp.Symbol(f"a{(1 - j) // 2}{r}{i}") for j, r in FILTERS for i in range(N)}
SIGNAL_ON = {(j, r, i): sp.Symbol(f"b{(1 - j) // 2}{r}{i}") for j, r in FILTERS for i in range(N)}

slope = sp.Function("slope")


class ell(sp.Function):
    """The logistic loss, known only by its derivative."""

    def fdiff(self, argindex=1):
        return slope(self.args[0])


BATCHES = [(0, 1), (0,), (1,)]
KINDS = [(1, 1), (1, -1), (-1, -1), (-1, 1)]  # (y, y_hat)
LABELS = list(pairwise([*KINDS, KINDS[0]]))  # of both samples; each sample is of each kind once


def network(i, y_hat):
    """f(W, x_i) with relu(z) = z * activation."""
    return sum(
        sp.Rational(1, M)
        * j
        * (SIGNAL_ON[j, r, i] * W[j, r].dot(y_hat * MU) + (P - 1) * NOISE_ON[j, r, i] * W[j, r].dot(XI[i]))
        for j, r in FILTERS
    )


def slopes_as_symbols(expression, labels, batch):
    """Write `l'_i` for the slope at the margin of sample i."""
    names = {i: sp.Symbol(f"l{i}") for i in batch}
    return expression.subs({slope(labels[i][0] * network(i, labels[i][1])): names[i] for i in batch}), names


def gradients(labels, batch):
    """The gradient of the batch loss in every filter, by differentiation, and the symbols `l'_i`."""
    loss = sum(ell(labels[i][0] * network(i, labels[i][1])) for i in batch) / B
    names = {}
    result = {}
    for key, w in W.items():
        column = sp.Matrix([sp.diff(loss, coordinate) for coordinate in w])
        result[key], names = slopes_as_symbols(column, labels, batch)
    assert not any(entry.has(slope, ell) for column in result.values() for entry in column)
    return result, names


def coefficients(j, r, labels, batch, slopes):
    """`G` of `dynamics.engines.coefficients.gradient`: on mu, and on each xi_i of the batch."""
    on_mu = sum(slopes[i] * j * labels[i][0] * SIGNAL_ON[j, r, i] * labels[i][1] for i in batch) / (B * M)
    on_xi = {i: (P - 1) * slopes[i] * j * labels[i][0] * NOISE_ON[j, r, i] / (B * M) for i in batch}
    return on_mu, on_xi


def is_zero(matrix):
    return all(sp.expand(sp.together(entry)) == 0 for entry in matrix)


def test_slope_of_the_logistic_loss():
    z = sp.Symbol("z", real=True)
    assert sp.simplify(sp.diff(sp.log(1 + sp.exp(-z)), z) + 1 / (1 + sp.exp(z))) == 0


@pytest.mark.parametrize("batch", BATCHES, ids=str)
@pytest.mark.parametrize("labels", LABELS, ids=str)
def test_gradient_of_a_filter(labels, batch):
    found, slopes = gradients(labels, batch)
    for j, r in FILTERS:
        on_mu, on_xi = coefficients(j, r, labels, batch, slopes)
        stated = on_mu * MU + sum((on_xi[i] * XI[i] for i in batch), sp.zeros(D, 1))
        assert is_zero(found[j, r] - stated)


@pytest.mark.parametrize("batch", BATCHES, ids=str)
@pytest.mark.parametrize("labels", LABELS, ids=str)
def test_a_step_on_the_decomposition_is_the_recursion(labels, batch):
    # The point where the gradient is taken enters by l'_i and the activations only, which are free
    # symbols: the same identity holds for SGD (taken at W) and for SAM (taken at W + eps).
    found, slopes = gradients(labels, batch)
    start = sp.Matrix(sp.symbols(f"start1:{D + 1}"))
    gamma, rho = sp.Symbol("gamma"), sp.symbols(f"rho0:{N}")
    mu_square, xi_squares = MU.dot(MU), [xi.dot(xi) for xi in XI]

    def decomposition(j, gamma, rho):
        noise = sum((rho[i] * XI[i] / xi_squares[i] for i in range(N)), sp.zeros(D, 1))
        return start + j * gamma * MU / mu_square + noise / (P - 1)

    for j, r in FILTERS:
        kept = [i for i in batch if labels[i][0] == labels[i][1]]  # I and S_+
        flipped = [i for i in batch if labels[i][0] != labels[i][1]]  # I and S_-
        signed = sum(slopes[i] * SIGNAL_ON[j, r, i] for i in kept) - sum(
            slopes[i] * SIGNAL_ON[j, r, i] for i in flipped
        )
        new_gamma = gamma - eta * mu_square / (B * M) * signed
        new_rho = [
            rho[i] - eta * (P - 1) ** 2 / (B * M) * slopes[i] * NOISE_ON[j, r, i] * xi_squares[i] * j * labels[i][0]
            if i in batch
            else rho[i]
            for i in range(N)
        ]
        stepped = decomposition(j, gamma, rho) - eta * found[j, r]
        assert is_zero(stepped - decomposition(j, new_gamma, new_rho))


@pytest.mark.parametrize("labels", LABELS, ids=str)
def test_square_of_the_gradient_norm_is_a_gram_form(labels):
    batch = (0, 1)
    found, slopes = gradients(labels, batch)
    vectors = [MU, *XI]
    K = sp.Matrix(3, 3, lambda a, b: vectors[a].dot(vectors[b]))
    G = sp.Matrix(
        [
            [on_mu, on_xi[0], on_xi[1]]
            for on_mu, on_xi in (coefficients(j, r, labels, batch, slopes) for j, r in FILTERS)
        ]
    )
    square = sum(entry**2 for column in found.values() for entry in column)
    assert sp.expand(square - sum((G * K).multiply_elementwise(G))) == 0


def test_closed_form_solves_the_flow():
    # X + b e^X = c t + b, differentiated in t, is X' = c / (1 + b e^X); and X(0) = 0 solves it at t = 0
    t, b, c = sp.symbols("t b c", positive=True)
    X = sp.Function("X")(t)
    constraint = X + b * sp.exp(X) - c * t - b
    (velocity,) = sp.solve(sp.diff(constraint, t), sp.diff(X, t))
    assert sp.simplify(velocity - c / (1 + b * sp.exp(X))) == 0
    assert constraint.subs(X, 0).subs(t, 0) == 0


def test_closed_form_by_lambert():
    # X = ct + b - w with w e^w = b e^{ct + b}, Lambert's equation, solves X + b e^X = ct + b
    ct, b, w = sp.symbols("ct b w", positive=True)
    X = ct + b - w
    lambert = sp.solve(sp.Eq(w * sp.exp(w), b * sp.exp(ct + b)), ct)
    assert len(lambert) == 1
    assert sp.simplify((X + b * sp.exp(X) - ct - b).subs(ct, lambert[0])) == 0
