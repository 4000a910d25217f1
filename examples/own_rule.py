"""Rules of one's own: ASAM (by filters), and Lookahead around SAM. For a command: `--load examples/own_rule.py`.

Each is written twice, in coefficients (any d) and on the weights, so that the two engines can be held to each other.
"""

import numpy as np

from dynamics.rules import register_rule, sam


def asam(batch, tau):
    """`grad(W + eps)`, `eps = tau T^2 g / ||T g||_F` with `T = ||w_jr||` (filter-wise ASAM; without its offset)."""
    g, T = batch.gradient(), batch.weight_norms()
    norm = batch.norm(T * g)
    return batch.gradient(at=tau * T**2 * g * np.divide(1.0, norm, out=np.zeros_like(norm), where=norm > 0))


def asam_on_weights(W, gradient, tau):
    g, T = gradient(W), np.linalg.norm(W, axis=-1, keepdims=True)
    norm = np.linalg.norm(T * g)
    return gradient(W + tau * T**2 * g / norm) if norm > 0 else g


EVERY, SHARE = 5, 0.5


def lookahead(batch, tau):
    """SAM's steps; after every fifth the weights go back half of the way to where they were five steps before."""
    return _look_back(batch.state, sam(batch, tau))


def lookahead_on_weights(W, gradient, tau):
    g = gradient(W)
    norm = np.linalg.norm(g)
    return _look_back(gradient.state, gradient(W + tau * g / norm) if norm > 0 else g)


def _look_back(state, direction):
    """With d_1..d_k the directions since the slow weights: W goes to slow + SHARE (W - eta d_k - slow)."""
    state["count"] = state.get("count", 0) + 1
    since = state.get("since", 0.0 * direction) + direction
    if state["count"] % EVERY:
        state["since"] = since
        return direction
    state["since"] = 0.0 * direction
    return direction - (1 - SHARE) * since


register_rule("asam", direction=asam, weights_direction=asam_on_weights, needs=["tau"])
register_rule("lookahead_sam", direction=lookahead, weights_direction=lookahead_on_weights, needs=["tau"], state=True)

if __name__ == "__main__":
    from dynamics import Phase, Setting, draw, train, train_network

    s = Setting(n=12, d=2000, m=6, P=3, mu_norm=15.0, sigma_p=0.5, p=0.1, sigma_0=1e-2, B=4, eta=2e-3)
    x, tau = draw(s, seed=0), 0.05
    schedules = {
        "ASAM": [Phase("asam", 20, tau=0.5)],
        "Lookahead SAM": [Phase("lookahead_sam", 20, tau=tau)],
        "SAM with decay": [Phase("sam", 20, tau=tau, weight_decay=0.5)],
        "late-phase SAM": [Phase("momentum", 15), Phase("sam", 5, tau=tau, memory=0.9, keep_velocity=True)],
        "a schedule of the learning rate": [
            Phase("sam_momentum", 1, tau, eta=s.eta * (1 + np.cos(np.pi * k / 20)) / 2, keep_velocity=k > 0)
            for k in range(20)
        ],
    }
    for name, phases in schedules.items():
        run, other = (engine(s, x, phases, record_every="step") for engine in (train, train_network))
        apart = np.abs(run.rho - other.rho).max() / np.abs(run.rho).max()
        print(f"{name}: rho up to {run.rho[-1].max():.3f}; engines differ by {apart:.1e}")
        assert apart < 1e-9
