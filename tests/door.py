"""A door, the bad input that it refuses, and how its answer is heard: the form of the tables of doors."""

import atexit
import io
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import samverify

ROOT = Path(__file__).parent.parent
FOLDER = Path(tempfile.mkdtemp(prefix="doors-"))
atexit.register(shutil.rmtree, FOLDER)


@dataclass(frozen=True)
class Bad:
    """One bad input: the argument, the value, and the rule that the message must give.

    `names` is how the message names the value (its repr by default), `given` how the printed table describes it,
    `field` how the message names the argument.
    """

    argument: str
    value: object
    rule: str
    names: str | None = None
    given: str | None = None
    field: str | None = None

    @property
    def field_in_message(self) -> str:
        return self.argument if self.field is None else self.field

    @property
    def value_in_message(self) -> str:
        return repr(self.value) if self.names is None else self.names

    @property
    def description(self) -> str:
        if self.given is None:
            return f"{self.argument} = {self.value!r}"
        return f"{self.argument}: {self.given}" if self.argument.isprintable() else self.given


@dataclass(frozen=True)
class Door:
    """A door: its name, a call of which keywords replace good arguments, and what it refuses, how."""

    name: str
    call: Callable[..., Any]
    refuses: tuple[Bad, ...]
    error: type[Exception] = ValueError

    def message(self, bad: Bad) -> str:
        """Return what the door says to bad input."""
        try:
            self.call(**{bad.argument: bad.value})
        except self.error as error:
            if type(error) is self.error:
                return str(error)
            raise
        raise AssertionError(f"{self.name} accepts {bad.description}")


_BOX = str.maketrans(dict.fromkeys("╭╮╰╯│─", " "))


class Refused(Exception):
    """The command line ended with exit code 2; the text is what it printed to the error stream."""


class Stopped(Exception):
    """The command line ended with exit code 3; the text is the last line that it printed to the error stream."""


def command(*arguments: str) -> None:
    """Run `samverify` in this process."""
    out, err, before = io.StringIO(), io.StringIO(), signal.getsignal(signal.SIGTERM)
    with patch.object(sys, "argv", ["samverify", *arguments]), redirect_stdout(out), redirect_stderr(err):
        try:
            samverify.main()
        except SystemExit as end:
            if end.code == 2:
                text = " ".join(err.getvalue().translate(_BOX).split())
                raise Refused(text.partition(" Error ")[2] or text) from None
            if end.code == 3:
                raise Stopped(err.getvalue().splitlines()[-1]) from None
            raise
        finally:
            signal.signal(signal.SIGTERM, before)
