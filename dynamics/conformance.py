"""Does an optimiser do what SAM does? A battery of questions to a user's step function, on small drawn networks."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dynamics.arrays import Array
from dynamics.engines.network import Gradient, inputs
from dynamics.engines.network import m_sam_direction as m_sam
from dynamics.engines.network import sam_direction as sam
from dynamics.engines.network import sam_per_filter_direction as per_filter
from dynamics.engines.network import sam_unnormalised_direction as unnormalised
from dynamics.sample import draw
from dynamics.setting import Setting
from dynamics.validation import shown

Step = Callable[..., Any]

_SETTING = Setting(n=12, d=30, m=3, P=3, mu_norm=6.0, sigma_p=1.0, p=0.1, sigma_0=0.1, B=4, eta=0.05)
_TAU = 1.0  # an ascent that turns activations, so that other ascents make other steps
_MEMORY = 0.9
_SAME = 1e-4
"""Share of a step within which two are the same: single precision, and a 1e-12 under the norm, are no difference."""


@dataclass(frozen=True)
class Line:
    """One question and its answer.

    Attributes
    ----------
    question, answer : str
    holds : bool or None
        Whether the optimiser does what SAM does in the paper; None if it was not asked, or either way is right.
    """

    question: str
    answer: str
    holds: bool | None


def conformance(step: Step, accumulate: Step | None = None, seed: int = 0) -> tuple[Line, ...]:
    """Ask a user's optimiser what it does.

    Parameters
    ----------
    step : callable
        `step(W, gradient, eta, tau)` returns the weights, shape (2, m, D), after one step. `gradient` is a function of
        the weights: the gradient of this step's batch. It may take `memory=` (then momentum is asked about), and
        `state=`, a dict that is empty at the start of a run and is handed to every step of it.
    accumulate : callable, optional
        `accumulate(W, gradients, eta, tau)`: one step from the gradients of several micro-batches.
    seed : int
        Of the network and its data.

    Returns
    -------
    tuple of Line

    Raises
    ------
    ValueError
        If `step` cannot be called so, or does not return weights of the shape it was given.
    """
    ask = _Asked(step, accumulate, seed)
    zero = ask.once(ask.batches[0], tau=0.0)
    found = [
        _line("radius zero is the base optimiser", zero, {"yes: W - eta grad(W)": ask.sgd(ask.batches[0])}, ask.W),
        ask.still(),
        ask.ascent("the norm is taken over all parameters together", ask.batches[0]),
        ask.own_batch(),
        ask.restored(),
        ask.momentum(),
        ask.ascent("the last, smaller batch is a batch like others", ask.last),
        ask.accumulation(),
    ]
    return tuple(found)


def _line(question: str, given: Array, known: Mapping[str, Array], start: Array, others: bool = False) -> Line:
    """Answer with the first of the known results that is the given one; only the first is SAM's, unless all may be."""
    if not np.isfinite(given).all():
        return Line(question, "no: it gives NaN", False)
    for k, (answer, expected) in enumerate(known.items()):
        if np.linalg.norm(given - expected) <= _SAME * max(float(np.linalg.norm(expected - start)), 1e-12):
            return Line(question, answer, None if others else k == 0)
    first = next(iter(known.values()))
    off = np.linalg.norm(given - first) / np.linalg.norm(first - start)
    return Line(question, f"no, and like nothing known here: it differs by {off:.2g} of a step", False)


class _Asked:
    """A small network at its start, and the steps that others would make."""

    def __init__(self, step: Step, accumulate: Step | None, seed: int) -> None:
        for name, function in (("step", step), ("accumulate", accumulate)):
            if not (callable(function) or (function is None and name == "accumulate")):
                raise ValueError(f"{name} = {shown(function)} is not allowed: it must be a function")
        s, x = _SETTING, draw(_SETTING, seed)
        X, self.W, self.eta = inputs(x, s.P), x.w0.copy(), s.eta
        self.step, self.accumulate = step, accumulate
        names = inspect.signature(step).parameters
        every = any(parameter.kind is parameter.VAR_KEYWORD for parameter in names.values())
        self.takes = {name for name in ("memory", "state") if name in names or every}
        self.batches = [Gradient(X[k : k + 4], x.y[k : k + 4], group=2) for k in (0, 4, 8)]
        self.last = Gradient(X[:1], x.y[:1])

    def run(
        self, gradients: Sequence[Any], tau: float = _TAU, memory: float = 0.0, function: Step | None = None
    ) -> Array:
        """Make steps from the start; returns the weights after each, shape (steps, 2, m, D)."""
        W, made = self.W, []
        extra: dict[str, Any] = {"state": {}} if "state" in self.takes else {}
        extra |= {"memory": memory} if "memory" in self.takes else {}
        for gradient in gradients:
            with np.errstate(all="ignore"):
                given = (function or self.step)(W.copy(), gradient, self.eta, tau, **({} if function else extra))
            W = np.array(given, dtype=np.float64)
            if W.shape != self.W.shape:
                raise ValueError(
                    f"step returned weights of shape {W.shape}: it must be {self.W.shape}, as it was given"
                )
            made.append(W)
        return np.stack(made)

    def once(self, gradient: Any, tau: float = _TAU) -> Array:
        made: Array = self.run([gradient], tau)[0]
        return made

    def sgd(self, gradient: Gradient) -> Array:
        return self.W - self.eta * gradient(self.W)

    def by(self, direction: Callable[[Array, Gradient, float], Array], gradient: Gradient) -> Array:
        return self.W - self.eta * direction(self.W, gradient, _TAU)

    def still(self) -> Line:
        made = self.once(lambda W: 0.0 * W)  # NaN stays NaN
        return _line("a zero gradient moves nothing, and gives no NaN", made, {"yes: it stays": self.W}, self.W)

    def ascent(self, question: str, gradient: Gradient) -> Line:
        def by_sign(W: Array, gradient: Gradient, tau: float) -> Array:
            g = gradient(W)
            norms = np.sqrt((g**2).sum((1, 2), keepdims=True))
            return gradient(W + tau * np.divide(g, norms, out=np.zeros_like(g), where=norms > 0))

        eps = self.ascended(gradient) - self.W
        known = {
            "yes": self.by(sam, gradient),
            "no: each filter has a norm of its own": self.by(per_filter, gradient),
            "no: each sign j has a norm of its own": self.by(by_sign, gradient),
            "no: the ascent is not normalised": self.by(unnormalised, gradient),
            "no: there is no ascent": self.sgd(gradient),
            "the ascent is SAM's, but the weights are not restored": self.by(sam, gradient) + eps,
            "the first call ascends only": self.W + eps,
        }
        return _line(question, self.once(gradient), known, self.W)

    def ascended(self, gradient: Gradient) -> Array:
        g = gradient(self.W)
        moved: Array = self.W + _TAU * g / np.linalg.norm(g)
        return moved

    def own_batch(self) -> Line:
        question = "the ascent is on the descent's own batch"
        a, b, _ = self.batches
        made = self.run([a, b, a, b])
        own, stale = [self.W], [self.W]
        for k, gradient in enumerate([a, b, a, b]):
            own.append(own[-1] - self.eta * sam(own[-1], gradient, _TAU))
            before = (a, b)[(k + 1) % 2] if k else gradient
            g = before(stale[-1])
            stale.append(stale[-1] - self.eta * gradient(stale[-1] + _TAU * g / np.linalg.norm(g)))
        pair = self.W - self.eta * b(self.ascended(a))
        if _line(question, made[1], {"yes": pair}, self.W).holds:
            return Line(question, "no: one call ascends on its batch, the next descends on another", False)
        known = {"yes": own[-1], "no: the ascent is on the batch of the step before": stale[-1]}
        return _line(question, made[-1], known, self.W)

    def restored(self) -> Line:
        question, gradient = "the weights are restored after the ascent", self.batches[0]
        at = self.ascended(gradient)
        made = self.once(gradient)
        for answer, expected in (
            ("no: the step starts from W + eps", at - self.eta * gradient(at)),
            ("no: W + eps", at),
        ):
            if _line(question, made, {answer: expected}, self.W).holds:
                return Line(question, answer, False)
        return Line(question, "yes" if np.isfinite(made).all() else "no: it gives NaN", bool(np.isfinite(made).all()))

    def momentum(self) -> Line:
        question = "momentum's convention"
        if "memory" not in self.takes:
            return Line(question, "not asked: step takes no memory", None)
        gradients = [*self.batches, self.batches[0]]
        known: dict[str, Array] = {}
        for answer, share, first, nesterov in (
            ("M <- memory M + D, W <- W - eta M: the suite's, and torch's", 1.0, 1.0, False),
            ("M <- memory M + (1 - memory) D: an average; eta is (1 - memory) times the suite's", 0.1, 0.1, False),
            ("dampening: M <- memory M + (1 - memory) D, but M <- D at the first step", 0.1, 1.0, False),
            ("Nesterov: W <- W - eta (D + memory M)", 1.0, 1.0, True),
            ("none: memory changes nothing", 1.0, 1.0, False),
        ):
            W, M, beta = self.W, np.zeros_like(self.W), 0.0 if answer.startswith("none") else _MEMORY
            for k, gradient in enumerate(gradients):
                D = sam(W, gradient, _TAU)
                M = beta * M + (share if k else first) * D
                W = W - self.eta * (D + beta * M if nesterov else M)
            known[answer] = W
        return _line(question, self.run(gradients, memory=_MEMORY)[-1], known, self.W, others=True)

    def accumulation(self) -> Line:
        question, batch = "what accumulation over micro-batches amounts to", self.batches[0]
        if self.accumulate is None:
            return Line(question, "not asked: there is no accumulate", None)
        made = self.run([batch.groups()], function=self.accumulate)[0]
        known = {
            "SAM on the whole batch": self.by(sam, batch),
            "m-SAM: an ascent for each micro-batch, and the mean of their gradients": self.by(m_sam, batch),
            "no ascent is left": self.sgd(batch),
        }
        return _line(question, made, known, self.W, others=True)
