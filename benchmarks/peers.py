"""SAM as others have written it, on the same batches: how far from both engines, and by which conventions.

python -m benchmarks.peers results/peers.json docs/your_own.md

Each that is installed (`pip install optax jax`, `pip install torch pytorch_optimizer sam-pytorch unifiedsam`) makes its
own steps, on gradients of its own framework's autodiff, with one parameter tensor for each sign j. Two are no packages:
`sam.py` of davda54/sam and `asam.py` of SamsungLabs/ASAM are looked for as `davda54_sam.py` and `samsung_asam.py`, in a
folder on PYTHONPATH.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from hashlib import sha1
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.markdown import table
from dynamics import Phase, Setting, Trajectory, draw, train, train_network
from dynamics.arrays import SIGNS, Array
from dynamics.batches import epochs_of_batches
from dynamics.conformance import conformance
from dynamics.engines.network import inputs
from dynamics.files import write_text, write_whole
from dynamics.provenance import origin

Step = Callable[..., Array]

SETTING = Setting(n=20, d=2000, m=10, P=3, mu_norm=15.0, sigma_p=0.5, p=0.1, sigma_0=1e-3, B=5, eta=2e-3)
EPOCHS, TAU, MEMORY = 40, 0.05, 0.9
RULES = {"sam": 0.0, "sam_momentum": MEMORY}


def _optax(opaque: bool, calls: int) -> Step:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)

    def step(
        W: Array, gradient: Callable[[Array], Array], eta: float, tau: float, memory: float = 0.0, state: Any = None
    ) -> Array:
        def grad(w: Any, *_: object) -> Any:
            return jax.numpy.asarray(gradient(np.asarray(w)))

        if "optimiser" not in state:
            ascent = optax.chain(optax.contrib.normalize(), optax.sgd(tau))
            descent = optax.sgd(eta, momentum=memory or None)
            state["optimiser"] = optax.contrib.sam(descent, ascent, opaque_mode=opaque)
            state["state"] = state["optimiser"].init(jax.numpy.asarray(W))
        w = jax.numpy.asarray(W)
        for _ in range(calls):
            extra = {"grad_fn": grad} if opaque else {}
            update, state["state"] = state["optimiser"].update(grad(w), state["state"], w, **extra)
            w = optax.apply_updates(w, update)
        return np.asarray(w)

    return step


def _torch(make: Callable[..., Any]) -> Step:
    import torch

    def step(
        W: Array, gradient: Callable[[Array], Array], eta: float, tau: float, memory: float = 0.0, state: Any = None
    ) -> Array:
        if "parameters" not in state:
            state["parameters"] = [torch.tensor(w, requires_grad=True) for w in W]
            state["optimiser"] = make(state["parameters"], tau, eta, memory)

        def closure() -> Any:
            found = gradient(np.stack([w.detach().numpy() for w in state["parameters"]]))
            for parameter, part in zip(state["parameters"], found, strict=True):
                parameter.grad = torch.tensor(part)
            return torch.zeros(())

        closure()
        state["optimiser"].step(closure)
        return np.stack([w.detach().numpy() for w in state["parameters"]])

    return step


def _pytorch_optimizer(parameters: Any, tau: float, eta: float, memory: float) -> Any:
    import torch
    from pytorch_optimizer import SAM

    return SAM(parameters, torch.optim.SGD, rho=tau, lr=eta, momentum=memory)


def _unifiedsam(parameters: Any, tau: float, eta: float, memory: float) -> Any:
    import torch
    from unifiedsam import unifiedSAM

    return unifiedSAM(parameters, torch.optim.SGD, rho=tau, lambd=1.0, lr=eta, momentum=memory)


def _sam_pytorch(parameters: Any, tau: float, eta: float, memory: float) -> Any:
    import torch
    from sam import SAM

    # it refuses a radius of zero
    return SAM(parameters, torch.optim.SGD(parameters, lr=eta, momentum=memory), rho=tau or 1e-300)


def _davda54(parameters: Any, tau: float, eta: float, memory: float) -> Any:
    import torch
    from davda54_sam import SAM

    return SAM(parameters, torch.optim.SGD, rho=tau, lr=eta, momentum=memory)


def _samsung(parameters: Any, tau: float, eta: float, memory: float) -> Any:
    import torch
    from samsung_asam import SAM

    model = SimpleNamespace(named_parameters=lambda: [(f"{k}.weight", w) for k, w in enumerate(parameters)])
    sam = SAM(torch.optim.SGD(parameters, lr=eta, momentum=memory), model, rho=tau)

    def step(closure: Callable[[], Any]) -> None:
        sam.ascent_step()
        closure()
        sam.descent_step()

    return SimpleNamespace(step=step)


PEERS: dict[str, tuple[str, tuple[str, ...], Callable[[], Step]]] = {
    "optax, opaque mode": ("optax", ("jax",), lambda: _optax(opaque=True, calls=1)),
    "optax, transparent mode": ("optax", ("jax",), lambda: _optax(opaque=False, calls=2)),
    "optax, transparent mode, each call a new batch": ("optax", ("jax",), lambda: _optax(opaque=False, calls=1)),
    "davda54/sam": ("davda54_sam", ("torch",), lambda: _torch(_davda54)),
    "pytorch_optimizer": ("pytorch_optimizer", ("torch",), lambda: _torch(_pytorch_optimizer)),
    "SamsungLabs/ASAM, its SAM": ("samsung_asam", ("torch",), lambda: _torch(_samsung)),
    "sam-pytorch": ("sam", ("torch",), lambda: _torch(_sam_pytorch)),
    "unifiedsam, lambd = 1": ("unifiedsam", ("torch",), lambda: _torch(_unifiedsam)),
}
"""Name to module, framework, and what makes its step function."""

_DISTRIBUTIONS = {"sam": "sam-pytorch"}
"""Of modules that are not named as their package is."""


def installed() -> list[str]:
    """Return the implementations whose packages are here."""
    return [name for name, (package, needs, _) in PEERS.items() if all(map(find_spec, (package, *needs)))]


def version_of(package: str) -> str:
    """Return the version of a package, or of a module without one the digest of its file."""
    try:
        return version(_DISTRIBUTIONS.get(package, package))
    except PackageNotFoundError:
        (file,) = filter(None, [getattr(find_spec(package), "origin", None)])
        return f"file {sha1(Path(file).read_bytes()).hexdigest()[:7]}"


def autodiff(framework: str, s: Setting, X: Array, y: Array) -> Callable[[Array, Any], Array]:
    """Return a function of weights and batch: the gradient of the mean logistic loss, by a framework's own autodiff."""
    if framework == "jax":
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)

        def loss(W: Any, X: Any, y: Any) -> Any:
            pre = jnp.einsum("jrd,npd->njrp", W, X)
            return jnp.logaddexp(0.0, -y * jnp.einsum("j,njrp->n", SIGNS, jnp.maximum(pre, 0)) / s.m).mean()

        by_jax = jax.jit(jax.grad(loss))
        return lambda W, batch: np.asarray(by_jax(W, X[batch], y[batch]))
    import torch

    def by_torch(W: Array, batch: Any) -> Array:
        w = torch.tensor(W, requires_grad=True)
        pre = torch.einsum("jrd,npd->njrp", w, torch.tensor(X[batch]))
        f = torch.einsum("j,njrp->n", torch.tensor(SIGNS), pre.relu()) / s.m
        (found,) = torch.autograd.grad(torch.nn.functional.softplus(-torch.tensor(y[batch]) * f).mean(), w)
        return np.asarray(found)

    return by_torch


def compared(name: str, epochs: int = EPOCHS) -> Iterator[dict[str, Any]]:
    """Yield a row a rule: the largest difference from both engines over all steps, relative to the way gone."""
    package, (framework,), make = PEERS[name]
    s, x = SETTING, draw(SETTING, 0)
    gradient = autodiff(framework, s, inputs(x, s.P), x.y.astype(float))
    batches = np.stack(list(islice(epochs_of_batches(s, 0), epochs)))
    for rule, memory in RULES.items():
        phases = [Phase(rule, epochs=epochs, tau=TAU)]
        W, weights, state = x.w0, [x.w0], {}  # type: ignore[var-annotated]
        step = make()
        for batch in batches.reshape(-1, s.B):
            W = step(W, lambda W, batch=batch: gradient(W, batch), s.eta, TAU, memory=memory, state=state)
            weights.append(W)
        run = Trajectory.from_weights(s, x, phases, weights, batches=batches)
        own = train(s, x, phases, batches=batches, record_every="step")
        other = train_network(s, x, phases, batches=batches, record_every="step")
        yield {
            "implementation": name,
            "version": version_of(package),
            "rule": rule,
            "steps": len(weights) - 1,
            "from_coefficients": _apart(run, own),
            "from_network": _apart(run, other),
            "residual": float(run.residual.max()),
        }


def _apart(run: Trajectory, own: Trajectory) -> float:
    scale = max(np.abs(own.gamma).max(), np.abs(own.rho).max())
    return float(max(np.abs(run.gamma - own.gamma).max(), np.abs(run.rho - own.rho).max()) / scale)


def main(target: Path, page: Path) -> None:
    """Compare what is installed, and write the results and the page's tables."""
    rows, answers = [], {}
    for name in installed():
        rows += [] if "new batch" in name else list(compared(name))
        answers[name] = [asdict(line) for line in conformance(PEERS[name][2]())]
    write_whole(target, {"provenance": origin(), "rows": rows, "conformance": answers})
    write_text(page, rendered(page.read_text(encoding="utf-8"), json.loads(target.read_text(encoding="utf-8"))))


def rendered(text: str, results: dict[str, Any]) -> str:
    """Return the page with the block between `<!-- begin peers -->` and `<!-- end peers -->` written anew."""
    rows = [
        (f"{r['implementation']} ({r['version']})", r["rule"], str(r["steps"]), f"{r['from_coefficients']:.0e}")
        for r in results["rows"]
    ]
    found = [table(("Implementation", "Rule", "Steps", "Largest relative difference"), rows), ""]
    for name, lines in results["conformance"].items():
        other = [f"{line['question']}: {line['answer']}" for line in lines if line["holds"] is False]
        found += [f"- {name}: {'; '.join(other) or 'as the suite in all that was asked'}."]
    found += [""]
    before, rest = text.split("<!-- begin peers -->\n")
    _, after = rest.split("<!-- end peers -->")
    return f"{before}<!-- begin peers -->\n" + "\n".join(found) + f"<!-- end peers -->{after}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
