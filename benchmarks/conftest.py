"""`pytest benchmarks/`: every cost is measured in several blocks, one after the other, with one OpenBLAS thread.

All costs of one block are measured before the next block begins. So a ratio can be taken within a block, where both
costs met the same machine, and its spread over the blocks says how far to trust it.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from threadpoolctl import ThreadpoolController

from dynamics.engines import kernels

assert kernels  # loads the BLAS of the compiled kernels, so that the limit below reaches it

LOAD = os.getloadavg()[0]
BLAS = ThreadpoolController().select(internal_api="openblas")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the number of blocks."""
    parser.addoption("--blocks", type=int, default=5, metavar="N", help="how often each cost is measured (default: 5)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat everything in every block; what is no matter of time is done in the first block only."""
    once = metafunc.definition.get_closest_marker("once") is not None
    blocks = 1 if once else metafunc.config.getoption("--blocks")
    metafunc.parametrize("block", range(blocks), indirect=True, scope="session")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "once: no matter of time, done in the first block only")


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Say which OpenBLAS ran, with how many threads, and how busy the machine was before."""
    machine_info["load"] = LOAD
    with BLAS.limit(limits=1):
        machine_info["blas"] = [
            {key: library[key] for key in ("version", "architecture", "num_threads")} for library in BLAS.info()
        ]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Leave OpenBLAS one thread; PyTorch brings libraries of its own and keeps its threads."""
    with BLAS.limit(limits=1):
        yield


@pytest.fixture(scope="session", autouse=True)
def block(request: pytest.FixtureRequest) -> int:
    """Return the number of the block."""
    number: int = request.param
    return number


class Cost:
    """Measures one cost: a time a unit of work."""

    def __init__(self, benchmark: Any, block: int) -> None:
        self.benchmark, self.block = benchmark, block

    def __call__(
        self, name: str, function: Callable[[], Any], units: int = 1, rounds: int = 5, warm: bool = True, **facts: Any
    ) -> Any:
        """Measure a function and return what it returned.

        Parameters
        ----------
        name : str
            Of the cost; the tables ask for it.
        function : callable
        units : int
            Units of work, as steps, that one call does.
        rounds : int
        warm : bool
            Whether a round that is not counted comes first.
        **facts
            What else the results should say.
        """
        self.benchmark.extra_info.update(name=name, units=units, block=self.block, facts=facts)
        return self.benchmark.pedantic(function, rounds=rounds, iterations=1, warmup_rounds=int(warm))

    def add(self, **facts: Any) -> None:
        """Add what is only known after the measurement."""
        self.benchmark.extra_info["facts"].update(facts)


@pytest.fixture
def cost(benchmark: BenchmarkFixture, block: int) -> Cost:
    """Return what measures the cost of this block."""
    return Cost(benchmark, block)


@pytest.fixture
def numpy_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train by batched NumPy, as where numba is missing."""
    monkeypatch.setattr("dynamics.training._compiled", lambda: None)
