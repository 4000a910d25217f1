"""From a world to observations: draw, train, test; many seeds at once."""

from collections.abc import Iterator, Sequence

from dynamics import Phase, Sample, TestError, Trajectory, draw, test_error, train_ensemble, train_network
from theorems.statement import Observation, World
from verify.observe_images import observe_images

_CHUNK_BYTES = 400_000_000  # of records held at a time


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
        yield from observe_images(world, seeds)
        return
    size = _chunk_size(world)
    for start in range(0, len(seeds), size):
        yield from _observe_chunk(world, seeds[start : start + size])


def _chunk_size(world: World) -> int:
    s = world.setting
    epochs = sum(phase.epochs for phase in world.phases + world.rival)
    steps = epochs * s.H if world.record_every == "step" else epochs
    records = 2 + (2 * epochs.bit_length() if world.record_every == "geometric" else steps)
    if isinstance(world.record_every, int):
        records = 2 + epochs // world.record_every
    frame = s.n + 2 * s.m
    replica = 8 * (2 * s.m * (s.n + 1) * records + 2 * frame * frame)
    return max(1, _CHUNK_BYTES // replica)


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
    s, every = world.setting, world.record_every
    if world.engine == "network":
        return [train_network(s, x, phases, seed, record_every=every) for x, seed in zip(samples, seeds, strict=True)]
    return train_ensemble(s, samples, phases, seeds, record_every=every, tol=world.tol)


def _test(world: World, sample: Sample, path: Trajectory | None, seed: int) -> TestError | None:
    if path is None or not world.test_samples:
        return None
    return test_error(world.setting, sample, path.weights(-1), world.test_samples, seed)
