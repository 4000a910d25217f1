"""Processes that work for this one: a task each at a time, deaf to what stops programs, and gone when this one is.

Also what stops programs: Ctrl-C, SIGTERM (a batch system) and SIGHUP (a terminal that is closed), as far as the
system knows them.
"""

import atexit
import multiprocessing
import os
import pickle
import signal
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

Result = TypeVar("Result")

STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that ask a program to end, of those that the system has."""

_NAME = "samverify worker"
_UNGUARDED = 77  # exit code of a process that runs its parent's script once more
_GUARD = (
    "processes cannot be started: the script that was started must begin its work under "
    '`if __name__ == "__main__":`, since each process reads it once more'
)
_FALSE_STARTS = 3  # processes that may end before they begin, one after the other


class Died(BrokenExecutor):
    """A process ended in the middle of its task: only that task is lost."""


class CannotStart(RuntimeError):
    """No process can be started; the message says why."""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_limited = threading.Lock()


def one_thread() -> None:
    """Let this process use one BLAS thread from now on, also in what is loaded later."""
    if _limited.acquire(blocking=False):  # once a process, and never given back
        import scipy.linalg  # noqa: F401 (its BLAS is another than NumPy's, and must be there to be limited)

        threadpool_limits(1)


def guarded() -> None:
    """Raise `CannotStart` in a script that has no `__main__` guard, where it is read by a process of its own pool."""
    if not getattr(multiprocessing.current_process(), "_inheriting", False):
        return
    if multiprocessing.current_process().name == _NAME:
        raise SystemExit(_UNGUARDED)  # the parent knows what this means, and says it once
    raise CannotStart(_GUARD)


class Pool(ThreadPoolExecutor):
    """An executor whose tasks run in processes of their own, with one BLAS thread each.

    Parameters
    ----------
    workers : int, optional
        Processes; one a core by default.

    Raises
    ------
    CannotStart
        In a script without `if __name__ == "__main__"`.

    Notes
    -----
    A process that is killed loses its own task, whose future then raises `Died`; another takes its place. Processes do
    not hear of Ctrl-C, SIGTERM and SIGHUP, which reach all processes of a terminal or a batch job: they end with this
    one, even if it is killed. Leaving the context by an exception, `KeyboardInterrupt` included, ends them at once.
    What they warn of is said here, once.
    """

    def __init__(self, workers: int | None = None) -> None:
        guarded()
        super().__init__(workers or cores())
        self._processes: list[_Process] = []
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        self._lock = threading.Lock()
        self._ended = False
        self._false_starts = 0
        self._warned: dict[Any, Any] = {}
        atexit.register(self.end)

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Hand over a call; function, arguments and result must be able to travel."""
        if len(self._processes) < self._max_workers:
            self._idle.put(self._start())
        return super().submit(self._do, fn, args, kwargs)

    def submit_in_turn(self, calls: Sequence[Callable[[], Result]]) -> list[Future[Result]]:
        """Hand over calls that one process makes, one after the other, so that each finds what those before it kept.

        One that raises loses itself only; if the process dies, another makes those that are left.
        """
        futures: list[Future[Result]] = [Future() for _ in calls]

        def make() -> None:
            process = self._idle.get()
            try:
                for future, call in zip(futures, calls, strict=True):
                    if future.set_running_or_notify_cancel():
                        try:
                            process = self._alive(process)
                            future.set_result(self._answer(process, (call, (), {})))
                        except BaseException as error:
                            future.set_exception(error)
            finally:
                self._idle.put(process)

        if len(self._processes) < self._max_workers:
            self._idle.put(self._start())
        whole = super().submit(make)
        whole.add_done_callback(lambda whole: [future.cancel() for future in futures if whole.cancelled()])
        return futures

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End when all tasks are done."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            atexit.unregister(self.end)
            for process in self._processes:
                process.close()

    def end(self) -> None:
        """End at once, whatever is being computed; tasks that are not done raise `Died` or are cancelled."""
        super().shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._ended = True
            for process in self._processes:
                process.kill()
        self.shutdown()

    def __exit__(self, kind: object, *_: object) -> None:
        """End when all tasks are done, or at once if the context is left by an exception."""
        (self.shutdown if kind is None else self.end)()

    def _start(self, instead: "_Process | None" = None) -> "_Process":
        """Start a process, in the place of a dead one or as one more."""
        with _deaf(), self._lock:
            if self._ended:
                raise Died("the processes were ended")
            process = _Process()
            if instead is not None:
                self._processes.remove(instead)
            self._processes.append(process)
            return process

    def _do(self, fn: Callable[..., Result], args: Any, kwargs: Any) -> Result:
        process = self._idle.get()
        try:
            process = self._alive(process)
            answer: Result = self._answer(process, (fn, args, kwargs))
            return answer
        finally:
            self._idle.put(process)

    def _alive(self, process: "_Process") -> "_Process":
        """Return the process, or another one in its place if it is dead."""
        if not process.dead:
            return process
        if self._false_starts >= _FALSE_STARTS:
            raise CannotStart("processes end before they begin; what they printed says why")
        return self._start(process)

    def _answer(self, process: "_Process", task: Any) -> Any:
        try:
            return process.do(task, self._warn)
        except Died:
            if process.exit_code() == _UNGUARDED:
                raise CannotStart(_GUARD) from None
            self._false_starts = 0 if process.ready else self._false_starts + 1
            raise

    def _warn(self, message: Warning | str, category: type[Warning], filename: str, line: int) -> None:
        with self._lock, suppress(Warning):
            warnings.warn_explicit(message, category, filename, line, registry=self._warned)


class _Process:
    """One process, and the connection to it."""

    _starting = threading.Lock()

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,))
        self._process.name = _NAME
        self.ready = self.dead = False
        with self._starting:
            self._process.start()
        theirs.close()

    def do(self, task: Any, warn: Callable[[Warning | str, type[Warning], str, int], None]) -> Any:
        """Run a task and return its result, or raise what it raised, or `Died`."""
        payload = ForkingPickler.dumps(task)
        try:
            self._connection.send_bytes(payload)
            while True:
                kind, value = pickle.loads(self._connection.recv_bytes())
                if kind == "ready":
                    self.ready = True
                elif kind == "warned":
                    warn(*value)
                else:
                    break
        except (EOFError, OSError):
            raise Died(self._ending()) from None
        if kind == "raised":
            raise value
        return value

    def _ending(self) -> str:
        self.dead = True
        code = self.exit_code()
        self._connection.close()
        if code is None or code >= 0:
            return f"its process ended with exit code {code}"
        with suppress(ValueError):
            name = signal.Signals(-code).name
            return f"its process was ended by {name}" + (" (no memory?)" if name == "SIGKILL" else "")
        return f"its process was ended by signal {-code}"

    def exit_code(self) -> int | None:
        """Return how it ended, once it has."""
        with self._starting:  # each start looks after all processes, and one look must not take the other's answer
            self._process.join(10)
            return self._process.exitcode

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """Let it end by itself, now that it has nothing to do."""
        self._connection.close()
        if self.exit_code() is None:
            self.kill()
            self.exit_code()


def _serve(connection: Connection) -> None:
    """Do tasks, one after the other, until the other end is closed."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    one_thread()
    sending = threading.Lock()

    def send(kind: str, value: Any) -> None:
        with sending:
            connection.send_bytes(_parcel(kind, value))

    def warn(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
        send("warned", (message, category, filename, lineno))

    warnings.showwarning = warn
    with suppress(EOFError, OSError):  # the other end is closed
        send("ready", None)
        while True:
            task = connection.recv_bytes()
            try:
                fn, args, kwargs = pickle.loads(task)
                kind, value = "done", fn(*args, **kwargs)
            except BaseException as error:
                error.add_note("".join(traceback.format_exception(error)))
                kind, value = "raised", error
            send(kind, value)


def _parcel(kind: str, value: Any) -> Any:
    """Return a message that can be opened: a result or an error that cannot travel becomes an error that can."""
    try:
        parcel = ForkingPickler.dumps((kind, value))
        if kind == "raised":
            pickle.loads(parcel)
        return parcel
    except Exception as error:
        told = value if kind == "raised" else error
        return ForkingPickler.dumps(("raised", RuntimeError(f"{type(told).__name__}: {told}")))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    # a process that our parent forked may hold the sentinel open after its death
    while not wait([parent.sentinel], timeout=1) and os.name == "posix" and os.getppid() == parent.pid:
        pass
    os._exit(1)


@contextmanager
def masked(signals: Iterable[signal.Signals]) -> Iterator[None]:
    """Hold signals back in this thread; processes that it starts inherit that for life."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _deaf() -> Iterator[None]:
    """Start a process that hears of no signal; one that comes meanwhile is heard at the end of the block."""
    heard: list[int] = []
    with _handled(lambda number, _: heard.append(number)):
        if hasattr(signal, "pthread_sigmask"):
            from multiprocessing import resource_tracker

            with masked(STOPS):
                resource_tracker.ensure_running()  # which else lets signals through when it starts
        with masked(STOPS):
            yield
    for number in heard[:1]:
        signal.raise_signal(number)


@contextmanager
def _handled(handler: Any) -> Iterator[None]:
    """Handle the signals that stop programs, but for those that are ignored, as `nohup` does; main thread only."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        found = {number: signal.getsignal(number) for number in STOPS}
        before = {number: old for number, old in found.items() if old is not signal.SIG_IGN and old is not None}
    for number in before:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            if signal.getsignal(number) is handler:
                signal.signal(number, old)


@contextmanager
def one_stop() -> Iterator[None]:
    """Let the first signal that stops programs raise `KeyboardInterrupt`, and ignore all others from then on.

    So what comes after the first, such as writing down what is finished, is done whole, up to the end of the
    process. For programs; main thread only.
    """

    def first(*_: object) -> None:
        for number in STOPS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    with _handled(first):
        yield


@contextmanager
def stops_on_demand() -> Iterator[Callable[[], None]]:
    """Note signals that stop programs, and yield the call that raises `KeyboardInterrupt` if one came.

    In the middle of an executor's own work it could leave a lock closed.
    """
    heard: list[int] = []

    def look() -> None:
        if heard:
            raise KeyboardInterrupt

    with _handled(lambda number, _: heard.append(number)):
        yield look
