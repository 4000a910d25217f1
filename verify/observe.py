"""From a world to observations: draw, train, test; many seeds at once."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from dynamics import Phase, Sample, TestError, Trajectory, draw, test_error, train_ensemble, train_network
from theorems.statement import Observation, Training, World
from verify.observe_images import observe_images

_CHUNK_BYTES = 400_000_000  # of records held at a time
_kept: dict[tuple[Training, int], Any] = {}
_shared: Collection[Training] = ()


def keep_runs(shared: Collection[Training]) -> None:
    """Keep runs of some trainings for checks to come, whose verdicts are the same; forget those kept before."""
    global _shared
    _kept.clear()
    _shared = shared


def observe(world: World, seeds: Sequence[int]) -> Iterator[Observation]:
    """Yield one observation a seed: the same seed always gives the same observation.

    Parameters
    ----------
    world : World
    seeds : sequence of int
        Each fixes data, initial weights, batches and test noise.

    Yields
    ------
    Observation
        In the order of the seeds.

    Raises
    ------
    ValueError
        For a world of images: if they are not installed, or are not those that its setting speaks of.
    """
    if world.images is not None:
        yield from _kept_or_made(world, world, seeds, lambda new: list(observe_images(world, [seeds[k] for k in new])))
        return
    size = _chunk_size(world)
    for start in range(0, len(seeds), size):
        yield from _observe_chunk(world, seeds[start : start + size])


def _chunk_size(world: World) -> int:
    return max(1, _CHUNK_BYTES // world.run_bytes)


def _observe_chunk(world: World, seeds: Sequence[int]) -> Iterator[Observation]:
    s = world.setting
    samples = [draw(s, seed) for seed in seeds]
    paths = _train(world, world.phases, samples, seeds)
    rivals = _train(world, world.rival, samples, seeds)
    for seed, sample, path, rival in zip(seeds, samples, paths, rivals, strict=True):
        yield Observation(
            world=world,
            seed=seed,
            drawn=sample,
            path=path,
            error=_test(world, sample, path, seed),
            rival_path=rival,
            rival_error=_test(world, sample, rival, seed),
        )


def _train(
    world: World, phases: tuple[Phase, ...], samples: Sequence[Sample], seeds: Sequence[int]
) -> Sequence[Trajectory | None]:
    if not phases:
        return [None] * len(seeds)
    (what,) = replace(world, phases=phases, rival=()).trainings
    return _kept_or_made(
        what, world, seeds, lambda new: _trained(world, phases, [samples[k] for k in new], [seeds[k] for k in new])
    )


def _kept_or_made(
    what: Training, world: World, seeds: Sequence[int], make: Callable[[Sequence[int]], Sequence[Any]]
) -> Sequence[Any]:
    """Return what is kept of a training for some seeds; what is not is made, by places in the list of seeds."""
    if what not in _shared:
        return make(range(len(seeds)))
    found = {k: _kept[what, seed] for k, seed in enumerate(seeds) if (what, seed) in _kept}
    new = [k for k in range(len(seeds)) if k not in found]
    for k, run in zip(new, make(new) if new else (), strict=True):
        found[k] = run
        if (len(_kept) + 1) * world.run_bytes <= _CHUNK_BYTES:
            _kept[what, seeds[k]] = run
    return [found[k] for k in range(len(seeds))]


def _trained(
    world: World, phases: tuple[Phase, ...], samples: Sequence[Sample], seeds: Sequence[int]
) -> Sequence[Trajectory]:
    s, every = world.setting, world.record_every
    if world.engine == "network":
        return [train_network(s, x, phases, seed, record_every=every) for x, seed in zip(samples, seeds, strict=True)]
    return train_ensemble(s, samples, phases, seeds, record_every=every, tol=world.tol)


def _test(world: World, sample: Sample, path: Trajectory | None, seed: int) -> TestError | None:
    if path is None or not world.test_samples:
        return None
    return test_error(world.setting, sample, path.weights(-1), world.test_samples, seed)
