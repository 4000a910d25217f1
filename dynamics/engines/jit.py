"""numba, as far as it can be had: a cache that is unwritable, full, cut short or foreign stops nothing."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def jit(function: F) -> F:
    """Compile a function when it is first called, and keep what was compiled for the next process where that works.

    Sums may be reordered, as vector units need it; what is not finite keeps its meaning.
    """
    kernel: Any = njit(fastmath={"contract", "reassoc", "nsz"}, error_model="numpy", nogil=True)(function)
    if hasattr(kernel, "enable_caching"):  # a plain function has none, if the user has switched numba off
        try:
            kernel.enable_caching()
            kernel._cache = _Cache(kernel._cache)
        except Exception as error:  # no folder of it can be written
            _tell(f"what numba compiles cannot be kept, so that each process compiles it anew ({_first_line(error)})")
    return cast(F, kernel)


class _Cache:
    """The cache of one kernel, as numba has it, but for what it raises."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def load_overload(self, *arguments: Any) -> Any:
        """Return what was compiled before; None if it is not there or cannot be read, and then forget it."""
        try:
            return self._cache.load_overload(*arguments)
        except Exception:  # a file that is cut short can fail in any way
            with suppress(Exception):
                self._cache.flush()
            return None

    def save_overload(self, *arguments: Any) -> None:
        """Keep what was compiled, if there is room."""
        try:
            self._cache.save_overload(*arguments)
        except Exception as error:
            where = self._cache.cache_path
            _tell(f"what numba compiled cannot be kept in {str(where)!r}, so that each process does it anew ({error})")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)


@cache
def _tell(what: str) -> None:
    if _tell.cache_info().currsize == 0:  # one kernel speaks for all
        with suppress(RuntimeWarning):  # not even where warnings are errors: the numbers are the same
            warnings.warn(what, RuntimeWarning, stacklevel=2)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
