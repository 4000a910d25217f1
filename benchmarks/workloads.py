"""What is trained: settings in the paper's regime, at the sizes that are compared."""

from dataclasses import dataclass

from dynamics import Phase, Sample, Setting, draw
from dynamics.units import regime
from theorems.condition import t1_epochs, tau_paper


@dataclass(frozen=True)
class Shape:
    """Sizes of one step, and how much of it is trained in one round: about 0.05 s by the compiled kernels.

    The replicas of one round fill one or two blocks of `dynamics.engines.stacked`, so that batched NumPy runs at its
    best.
    """

    n: int
    m: int
    B: int
    replicas: int
    epochs: int
    rounds: int = 5

    @property
    def name(self) -> str:
        """Return the sizes as they stand in the names of costs."""
        return f"{self.n}, {self.m}, {self.B}"

    @property
    def steps(self) -> int:
        """Return the number of steps of one round, over all replicas."""
        return self.replicas * self.epochs * self.n // self.B

    def flop(self, rule: str) -> int:
        """Return the operations of the products of one step: `K_.I G`, and for SAM `K_II G` too."""
        rows = 1 + self.n + (1 + self.B if rule == "sam" else 0)
        return 2 * rows * (1 + self.B) * 2 * self.m

    def setting(self, d: int = 10**6) -> Setting:
        """Return a setting of these sizes; an epoch does the same to the coefficients at every `d`."""
        return setting(self.n, self.m, self.B, d)


SHAPES = (
    Shape(20, 10, 10, replicas=48, epochs=200),
    Shape(40, 20, 40, replicas=15, epochs=300),
    Shape(100, 60, 100, replicas=2, epochs=200),
    Shape(400, 400, 400, replicas=1, epochs=12, rounds=3),
)
SMALL = SHAPES[0]


def setting(n: int, m: int, B: int, d: int) -> Setting:
    """Return a setting with start and learning rate in the units of the noise."""
    return regime(n=n, d=d, m=m, mu_norm=8.0, B=B)


def stage(s: Setting, rule: str, epochs: int) -> Phase:
    """Return a stage of training, with the radius of Theorem 4.1 if the rule takes one."""
    return Phase(rule, epochs, tau_paper(s) if rule == "sam" else None)


def samples(s: Setting, replicas: int) -> list[Sample]:
    """Return the data of so many replicas."""
    return [draw(s, seed) for seed in range(replicas)]


def long_first_stage() -> Setting:
    """Return a setting whose first stage is 10^6 epochs long, since `T_1` grows like `d / ||mu||^2`."""
    s = setting(SMALL.n, SMALL.m, SMALL.B, d=128_000_000)
    assert t1_epochs(s) == 1_000_000
    return s
