"""Settings in which an image of one of two digits stands in the place of the signal patch."""

from dynamics import Setting

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
        `eta = B m / ((P-1)^2 sigma_p^2 d + n)`: one step adds about 1 to an active noise coefficient while `l' = -1`,
        or less where the `n` images, which are not orthogonal to each other as noise is, outweigh the noise.
        `sigma_0 = 0.1 sqrt(n) / ((P-1) sigma_p d)`, as on the ladders.
    """
    B, P = n // 2, 2
    copies = (P - 1) * sigma_p
    return Setting(
        n=n, d=d, m=m, P=P, mu_norm=mu_norm, sigma_p=sigma_p, p=p,
        sigma_0=0.1 * n**0.5 / (copies * d), B=B, eta=B * m / (copies**2 * d + n),
    )  # fmt: skip
