"""Worlds with images in the place of the signal patch: draw, train, test."""

from collections.abc import Iterator, Sequence

from dynamics import Phase, TestError
from dynamics.digits.images import DigitSample, draw_digits, pair
from dynamics.digits.measure import held_out_error
from dynamics.engines.patches import train_patches
from theorems.statement import Observation, World


def observe_images(world: World, seeds: Sequence[int]) -> Iterator[Observation]:
    """Yield one observation a seed, with test errors and nothing of the model.

    Parameters
    ----------
    world : World
        With `images`.
    seeds : sequence of int
        Each fixes images, flips, noise, initial weights, batches and test noise; worlds that differ in `n` and
        `sigma_p` share what they can.

    Yields
    ------
    Observation

    Raises
    ------
    ValueError
        If the images are not installed, or the setting does not fit them.
    """
    if world.images is None:
        raise ValueError(f"world {world} has no images")
    data, stated = pair(*world.images), world.setting.mu_norm
    if abs(stated / data.mu_norm - 1) > 1e-3:
        raise ValueError(f"mu_norm = {stated} is not allowed: the images of {world.images} have {data.mu_norm:.4f}")
    for seed in seeds:
        x = draw_digits(data, world.setting, seed)
        error, rival_error = (_error(world, x, phases, seed) for phases in (world.phases, world.rival))
        yield Observation(world, seed, None, error=error, rival_error=rival_error)


def _error(world: World, x: DigitSample, phases: tuple[Phase, ...], seed: int) -> TestError | None:
    if not phases or not world.test_samples:
        return None
    s = world.setting
    run = train_patches(s, x.X, x.y, x.w0, phases, seed, record_every=world.record_every, tol=world.tol)
    return held_out_error(s, x, run.weights, seed, world.test_samples)
