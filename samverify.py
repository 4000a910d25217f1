"""The command line: thin, everything it does is a function of the packages."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def at_least(least: int) -> Callable[[str], int]:
    """Return a parser of whole numbers that says what it was given and what is allowed."""

    def parse(text: str) -> int:
        digits = str(text)
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19 and int(digits) >= least):
            raise typer.BadParameter(f"{text!r} is not allowed: it must be an integer >= {least}")
        return int(digits)

    return parse


@app.callback()
def samverify() -> None:
    """Confront the theory of sharpness-aware minimization with numbers."""


@app.command()
def check(
    ids: Annotated[list[str] | None, typer.Argument(help="Statements; all of them by default.")] = None,
    scale: Annotated[str, typer.Option(help="quick or full: how many draws.")] = "quick",
    seed_block: Annotated[int, typer.Option(parser=at_least(0), metavar="K", help="Block of seeds.")] = 0,
    controls: Annotated[bool, typer.Option(help="Check the controls too.")] = True,
    json: Annotated[Path | None, typer.Option(help="Write all verdicts and their evidence here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report page here.")] = None,
    workers: Annotated[
        int | None, typer.Option(parser=at_least(1), metavar="N", help="Processes; one a core by default.")
    ] = None,
) -> None:
    """Check statements and end with a table.

    Exit code 0 if all is as it must be, 1 if a statement was refuted, 2 for bad input, 3 if something was left open or
    the run was interrupted: then table and JSON hold what was finished.
    """
    from concurrent.futures import BrokenExecutor

    from rich.console import Console
    from tqdm import tqdm

    from dynamics.validation import word
    from verify.report import as_json, check_targets, table, write_whole
    from verify.run import jobs, one_interrupt, run, settle

    word("scale", scale, ("quick", "full"))
    check_targets(json=json, html=html)
    wanted = jobs(ids, controls, "quick" if scale == "quick" else "full", seed_block)
    found, trouble = {}, ""
    with one_interrupt():
        try:
            with tqdm(total=len(wanted), unit="check", dynamic_ncols=True, disable=None) as bar:
                for job, verdict in run(wanted, workers):
                    found[job] = verdict
                    bar.set_postfix_str(job.name)
                    bar.update()
        except KeyboardInterrupt:
            trouble = "interrupted"
        except BrokenExecutor:
            trouble = "a worker process was killed"
        verdicts = settle([found[job] for job in wanted if job in found])
        console = Console()
        if verdicts:
            print(table(verdicts, width=max(console.width, 100), colour=console.is_terminal), end="", flush=True)
        if trouble:
            print(f"samverify: {trouble}; {len(found)} of {len(wanted)} checks were made", file=sys.stderr)
        missing = [job.name for job in wanted if job not in found]
        made = as_json(verdicts, "quick" if scale == "quick" else "full", seed_block, missing)
        if json is not None:
            write_whole(json, made)
        if html is not None:
            from verify.page import write_page

            write_page(html, made)
    if any(v.control is None and v.status == "refuted" for v in verdicts):
        raise typer.Exit(1)
    if trouble or not all(v.as_expected for v in verdicts):
        raise typer.Exit(3)


@app.command()
def report(
    results: Annotated[Path, typer.Argument(help="Written by `samverify check --json` or `pytest verify/ --json`.")],
    html: Annotated[Path, typer.Option(help="Write the report page here.")],
) -> None:
    """Write the report page of a run from its results file; nothing is run."""
    from verify.page import read_results, write_page
    from verify.report import check_targets

    if html.resolve() == results.resolve():
        raise ValueError(f"html = {str(html)!r} is not allowed: it must be another file than results")
    check_targets(html=html)
    write_page(html, read_results(results))


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2, Ctrl-C with exit code 3."""
    try:
        app()
    except ValueError as error:
        print(f"samverify: {error}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != 130:  # typer's code for Ctrl-C
            raise
        print("samverify: interrupted", file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
