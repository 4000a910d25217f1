"""The command line: thin, everything it does is a function of the packages."""

import math
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def samverify() -> None:
    """Confront the theory of sharpness-aware minimization with numbers."""


@app.command()
def check(
    ids: Annotated[list[str] | None, typer.Argument(help="Statements; all of them by default.")] = None,
    scale: Annotated[str, typer.Option(help="quick or full: how many draws.")] = "quick",
    seed_block: Annotated[int, typer.Option(min=0, help="Block of seeds.")] = 0,
    controls: Annotated[bool, typer.Option(help="Check the controls too.")] = True,
    json: Annotated[Path | None, typer.Option(help="Write all verdicts and their evidence here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report page here.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a core by default.")] = None,
) -> None:
    """Check statements and end with a table; exit code 0 if all is as it must be, 1 refuted, 3 left open."""
    from rich.console import Console
    from tqdm import tqdm

    from verify.report import as_json, check_targets, table, write_whole
    from verify.run import jobs, run, settle

    if scale not in ("quick", "full"):
        raise ValueError(f"scale = {scale!r} is not allowed: it must be 'quick' or 'full'")
    check_targets(json=json, html=html)
    wanted = jobs(ids, controls, "quick" if scale == "quick" else "full", seed_block)
    found = {}
    with tqdm(total=len(wanted), unit="check", dynamic_ncols=True, disable=None) as bar:
        for job, verdict in run(wanted, workers):
            found[job] = verdict
            bar.set_postfix_str(job.name)
            bar.update()
    verdicts = settle([found[job] for job in wanted])
    console = Console()
    print(table(verdicts, width=max(console.width, 100), colour=console.is_terminal), end="")
    made = as_json(verdicts, "quick" if scale == "quick" else "full", seed_block)
    if json is not None:
        write_whole(json, made)
    if html is not None:
        from verify.page import write_page

        write_page(html, made)
    if any(v.control is None and v.status == "refuted" for v in verdicts):
        raise typer.Exit(1)
    if not all(v.as_expected for v in verdicts):
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


@app.command()
def figures(
    names: Annotated[list[str] | None, typer.Argument(help="Figures; all of them by default.")] = None,
    results: Annotated[Path, typer.Option(help="Folder of the results that are drawn.")] = Path("results"),
    out: Annotated[Path, typer.Option(help="Folder for NAME.svg and its caption NAME.md.")] = Path("pictures"),
) -> None:
    """Draw figures from results; each comes with a caption that says what is predicted and what was measured."""
    from figures import make

    for picture in make(names, results, out):
        print(picture)


@app.command()
def sweep(
    config: Annotated[Path, typer.Argument(help="TOML file: replicas, [setting], [grid], [phases].")],
    out: Annotated[Path, typer.Option(help="Folder of the results; typed again, the command goes on in it.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a core by default.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to use instead.")] = None,
) -> None:
    """Run a grid of settings, schedules and replicas; exit code 0 if FOLDER/sweep.nc is there, 3 interrupted."""
    from contextlib import nullcontext

    from tqdm import tqdm

    from dynamics.sweep import Interrupted, cluster, read_config
    from dynamics.sweep import sweep as run_sweep
    from theorems.prescriptions import FORMULAS
    from verify.report import origin

    if workers is not None and scheduler is not None:
        raise ValueError("workers and scheduler are not allowed together: a cluster has its own workers")
    given = read_config(config)
    begun: list[tqdm[NoReturn]] = []

    def progress(done: int) -> None:
        if not begun:
            total = math.prod(len(values) for values in given.grid.values())
            interval = 0.1 if sys.stderr.isatty() else 5
            begun.append(tqdm(total=total, initial=done, unit="cell", dynamic_ncols=True, mininterval=interval))
        begun[0].update(done - begun[0].n)

    try:
        with cluster(scheduler) if scheduler is not None else nullcontext() as executor:
            run_sweep(
                given, out, executor, workers=workers, formulas=FORMULAS, provenance=origin(), progress=progress
            ).close()
    except (Interrupted, KeyboardInterrupt) as error:
        stopped = str(error) or "stopped by Ctrl-C before the first cell"
    else:
        stopped = ""
    finally:
        for bar in begun:
            bar.close()
    if stopped:
        print(f"samverify: {stopped}", file=sys.stderr)
        raise typer.Exit(3)
    print(out / "sweep.nc")


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2."""
    try:
        app()
    except ValueError as error:
        print(f"samverify: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
