"""An existing Dask cluster as an executor."""

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from sweeps.folder import versions
from sweeps.run import Interrupted

if TYPE_CHECKING:
    import distributed


@contextmanager
def cluster(address: str, timeout: float = 10.0) -> Iterator[Executor]:
    """Connect to a Dask scheduler, and check its workers.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.
    timeout : float
        Seconds within which it must answer and have a worker.

    Yields
    ------
    concurrent.futures.Executor
        Dask computes again, on another worker, what a dead one held.

    Raises
    ------
    Interrupted
        If workers keep dying.
    ValueError
        One sentence: Dask is not installed here, the scheduler does not answer or has no workers, or a
        worker lacks this package or has other versions.

    Notes
    -----
    Every worker must see the sweep's folder under the same path, and be allowed to write there.
    """
    try:
        import distributed
    except ImportError:
        raise ValueError(
            f"scheduler = {address!r} needs Dask, which is not installed: pip install 'samverify[cluster]'"
        ) from None
    # what the client and its event loop would log of a lost cluster, with tracebacks, is told in one sentence
    logs = [logging.getLogger(name) for name in ("distributed.client", "tornado.application", "asyncio")]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        with _client(address, timeout) as client:
            yield cast(Executor, client.get_executor(pure=False))
    except distributed.KilledWorker as error:
        raise Interrupted(
            f"workers died over and over with the same cells (no memory?): {_brief(error)}; what was done is kept, "
            "and the same command goes on from there"
        ) from error
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)


@contextmanager
def _client(address: str, timeout: float) -> Iterator["distributed.Client"]:
    import distributed

    class Client(distributed.Client):
        """One that is closed if it never connected: else it says so with a traceback when it is collected."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            try:
                super().__init__(*arguments, **options)
            except (OSError, ValueError, TypeError):
                self.status = "closed"
                raise

    try:
        client = Client(address, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"scheduler = {address!r} does not answer within {timeout:g} s ({_brief(error)})") from None
    try:
        try:
            client.wait_for_workers(1, timeout=timeout)
        except TimeoutError:
            raise ValueError(
                f"scheduler = {address!r} has no workers: start some with `dask worker {address}`"
            ) from None
        for worker, found in client.run(versions, on_error="return").items():
            if isinstance(found, Exception):
                raise ValueError(f"worker {worker} cannot use samverify: {_brief(found)}")
            if found != versions():
                raise ValueError(f"worker {worker} has other versions, {found}, than this machine, {versions()}")
        yield client
    finally:
        client.close()


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
