"""Settings in which an image of one of two digits stands in the place of the signal patch."""

from dynamics import Setting
from dynamics.units import natural_sigma_0, stable_eta

PIXELS = 784
"""Pixels of an image, 28 x 28, and the dimension of the noise."""


def with_images(n: int, sigma_p: float, mu_norm: float, m: int = 10, p: float = 0.1, d: int = PIXELS) -> Setting:
    """Return a setting with two patches and two batches an epoch, its start and step in natural units.

    Parameters
    ----------
    n : int
        Training images, a multiple of 2.
    sigma_p : float
        In units of the root mean square norm of an image.
    mu_norm : float
        Half the distance of the class means, in the same units.
    m : int
    p : float
        Share of flipped labels.
    d : int
        Pixels of an image.

    Returns
    -------
    Setting
        The learning rate is `stable_eta` for patches of length 1: one step adds about 1 to an active noise coefficient
        while `l' = -1`, or less where the `n` images, which are not orthogonal to each other as noise is, outweigh it.
        The start is 0.1 in the units of `natural_sigma_0`, as on the ladders.
    """
    s = Setting(n=n, d=d, m=m, P=2, mu_norm=mu_norm, sigma_p=sigma_p, p=p, sigma_0=0.0, B=n // 2, eta=1.0)
    return s.replace(eta=stable_eta(s, signal=1.0), sigma_0=natural_sigma_0(s, start=0.1))
