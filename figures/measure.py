"""Run experiments: `python -m figures.measure FOLDER [NAMES...]` writes FOLDER/NAME.nc.

Phase diagrams are reduced from sweeps: `phase_paper=SWEEP.nc` names the dataset that `samverify sweep` wrote.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import xarray as xr
from threadpoolctl import threadpool_limits

from figures.cnn import measure as cnn
from figures.dataset import write
from figures.deactivation import measure as deactivation
from figures.digits import measure as digits
from figures.error_curve import measure as error_curve
from figures.explore import measure as explore
from figures.federated import measure as federated
from figures.filters import measure as filters
from figures.local_sgd import measure as local_sgd
from figures.necessity import measure as necessity
from figures.nuisance import measure as nuisance
from figures.phase import measure as phase
from figures.radius_length import measure as radius_length
from figures.robustness import measure as robustness
from figures.sharpness import measure as sharpness
from figures.stages import measure as stages
from figures.tau_window import measure as tau_window
from figures.true_region import measure as true_region

EXPERIMENTS: dict[str, Callable[[], xr.Dataset]] = {
    module.NAME: module.measure
    for module in (
        stages,
        filters,
        deactivation,
        sharpness,
        robustness,
        federated,
        tau_window,
        digits,
        necessity,
        error_curve,
        explore,
        nuisance,
        cnn,
        true_region,
        radius_length,
        local_sgd,
    )
}
NEED_TORCH = {cnn.NAME}


def main(arguments: Sequence[str]) -> None:
    """Run the experiments named after the folder; by default all that need neither a sweep nor PyTorch."""
    if not arguments:
        raise ValueError("FOLDER is missing: python -m figures.measure FOLDER [NAMES...]")
    folder, makers = (
        Path(arguments[0]),
        [_maker(word) for word in arguments[1:] or sorted(EXPERIMENTS.keys() - NEED_TORCH)],
    )
    if not folder.is_dir():
        raise ValueError(f"folder = {str(folder)!r} is not allowed: it must be a folder that exists")
    with threadpool_limits(1):
        made = [(name, make()) for name, make in makers]  # all before the first is written, which changes the tree
    for name, data in made:
        write(data, folder / f"{name}.nc")


def _maker(word: str) -> tuple[str, Callable[[], xr.Dataset]]:
    """Return the name of an experiment, and what makes its data set."""
    name, _, source = word.partition("=")
    if name in phase.NAMES and source:
        if not Path(source).is_file():
            raise ValueError(f"{name} = {source!r} is not allowed: it must be a file that `samverify sweep` wrote")
        return name, lambda: phase.measure(xr.load_dataset(source), name)
    if name not in EXPERIMENTS or source:
        known = ", ".join([*EXPERIMENTS, *(f"{name}=SWEEP.nc" for name in phase.NAMES)])
        raise ValueError(f"name = {word!r} is not allowed: it must be one of {known}")
    return name, EXPERIMENTS[name]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        raise SystemExit(str(error)) from None
