"""The command line: thin, everything it does is a function of the packages."""

import math
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Annotated, NoReturn

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


def whole(text: str) -> int:
    """Read a whole number, also as 1e6."""
    try:
        value = float(text)
        if abs(value) <= 2**53 and value == int(value):
            return int(value)
    except ValueError:
        pass
    raise typer.BadParameter(f"{text!r} is not allowed: it must be a whole number, such as 40 or 1e6")


def real(text: str) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not allowed: it must be a number") from None


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
    case: Annotated[Path | None, typer.Option(help="Replay a counterexample of `attack`, and only that.")] = None,
) -> None:
    """Check statements and end with a table.

    Exit code 0 if all is as it must be, 1 if a statement was refuted, 2 for bad input, 3 if something was left open or
    the run was interrupted: then table and JSON hold what was finished.
    """
    from concurrent.futures import BrokenExecutor

    from rich.console import Console
    from tqdm import tqdm

    from dynamics.files import check_targets, write_whole
    from dynamics.validation import word
    from verify.report.table import table
    from verify.run import jobs, one_interrupt, run, settle
    from verify.verdict import as_json

    if case is not None:
        _replay(case)
        return
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
        lost: list[OSError] = []
        if json is not None:
            try:
                write_whole(json, made)
            except OSError as error:  # the page may have another disk
                lost.append(error)
        if html is not None:
            from verify.report.render import write_page

            write_page(html, made)
        if lost:
            raise lost[0]
    if any(v.control is None and v.status == "refuted" for v in verdicts):
        raise typer.Exit(1)
    if trouble or not all(v.as_expected for v in verdicts):
        raise typer.Exit(3)


def _replay(file: Path) -> None:
    """Replay a case; exit code 1 if it still is a counterexample."""
    from verify.attack.attack import told
    from verify.attack.case import load, replay

    case = load(file)
    answer = replay(case)
    print(told(case, answer))
    if answer.answer == "fails":
        raise typer.Exit(1)


@app.command()
def attack(
    ids: Annotated[list[str] | None, typer.Argument(help="Statements; all that have worlds by default.")] = None,
    minutes: Annotated[float | None, typer.Option(parser=real, metavar="M", help="Budget of all together.")] = None,
    evaluations: Annotated[
        int | None, typer.Option(parser=whole, metavar="N", help="Budget of each statement; 400 by default.")
    ] = None,
    seed: Annotated[int, typer.Option(parser=at_least(0), metavar="K", help="Of the search.")] = 0,
    json: Annotated[Path | None, typer.Option(help="Write all findings here.")] = None,
    load: Annotated[Path | None, typer.Option(help="Python file that defines the statements to be attacked.")] = None,
    cases: Annotated[Path | None, typer.Option(help="Folder for counterexamples: the worst and the smallest.")] = None,
    script: Annotated[Path | None, typer.Option(help="Write the smallest one as a NumPy program.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on from the findings in this JSON.")] = None,
    workers: Annotated[
        int | None, typer.Option(parser=at_least(1), metavar="N", help="Processes; one a core by default.")
    ] = None,
) -> None:
    """Search for counterexamples of statements, inside their hypotheses.

    Exit code 0 if none was found, 1 if one was, 2 for bad input, 3 if the search was interrupted: what it had found by
    then is shown and written all the same.
    """
    from rich.console import Console
    from tqdm import tqdm

    from dynamics.files import check_targets, write_whole
    from verify.attack import attack as run
    from verify.attack import counterexample
    from verify.attack.attack import as_json, resumed, table, targets
    from verify.attack.case import save
    from verify.attack.script import write
    from verify.run import one_interrupt

    check_targets(json=json, script=script)
    if cases is not None and not cases.is_dir():
        raise ValueError(f"cases = {str(cases)!r} is not allowed: it must be a folder that exists")
    wanted = targets(ids, load)
    found = resumed(resume) if resume is not None else {}
    budget = 400 if minutes is None and evaluations is None else evaluations
    rounds = run(wanted, evaluations=budget, minutes=minutes, seed=seed, before=found, workers=workers)
    grades, stopped = {}, False
    with one_interrupt():
        try:
            with tqdm(unit="setting", dynamic_ncols=True, disable=None) as bar:
                for found in rounds:
                    bar.update(sum(f.evaluations for f in found.values()) - bar.n)
                    least = min((f.least for f in found.values() if f.least), key=lambda t: t.slack, default=None)
                    bar.set_postfix_str(f"least slack {least.slack:.3g}" if least else "none inside yet")
        except KeyboardInterrupt:
            stopped = True
        for target in wanted:
            fallen = None if stopped or target.id not in found else counterexample(target, found[target.id])
            if fallen is None:
                continue
            grades[target.id] = fallen.smallest.grade
            if cases is not None:
                save(fallen.worst, cases / f"{target.id}_worst.toml")
                save(fallen.smallest, cases / f"{target.id}.toml")
            if script is not None:
                write(fallen.smallest, script)
        console = Console()
        print(table(found, grades, width=max(console.width, 100)), end="", flush=True)
        if stopped:
            print("samverify: interrupted; the table holds what was found", file=sys.stderr)
        if json is not None:
            write_whole(json, as_json(found, seed, grades))
    if stopped:
        raise typer.Exit(3)
    if any(f.broken for f in found.values()):
        raise typer.Exit(1)


@app.command()
def predict(
    config: Annotated[
        Path | None, typer.Argument(help="TOML file with a table `setting`; options override it.")
    ] = None,
    n: Annotated[int | None, typer.Option(parser=whole, metavar="INT", help="Training samples.")] = None,
    d: Annotated[int | None, typer.Option(parser=whole, metavar="INT", help="Dimension; 1e6 may be written.")] = None,
    m: Annotated[int | None, typer.Option(parser=whole, metavar="INT", help="Filters per sign.")] = None,
    mu_norm: Annotated[
        float | None, typer.Option("--mu-norm", parser=real, metavar="FLOAT", help="Length of the signal.")
    ] = None,
    P: Annotated[int | None, typer.Option("--P", parser=whole, metavar="INT", help="Patches; 2 by default.")] = None,
    sigma_p: Annotated[
        float | None, typer.Option("--sigma-p", parser=real, metavar="FLOAT", help="Noise; 1 by default.")
    ] = None,
    p: Annotated[
        float | None, typer.Option("--p", parser=real, metavar="FLOAT", help="Label noise; 0.05 by default.")
    ] = None,
    sigma_0: Annotated[
        float | None,
        typer.Option("--sigma-0", parser=real, metavar="FLOAT", help="Start; inside Condition 3.1 by default."),
    ] = None,
    B: Annotated[int | None, typer.Option("--B", parser=whole, metavar="INT", help="Batch size; n by default.")] = None,
    eta: Annotated[
        float | None, typer.Option(parser=real, metavar="FLOAT", help="Learning rate; inside Condition 3.1 by default.")
    ] = None,
    delta: Annotated[float, typer.Option(parser=real, metavar="FLOAT", help="Failure probability.")] = 0.1,
    simulate: Annotated[bool, typer.Option("--simulate", help="Train SGD, and SAM then SGD, and compare.")] = False,
    replicas: Annotated[int, typer.Option(parser=at_least(1), metavar="N", help="Independent runs of each.")] = 20,
    seed_block: Annotated[int, typer.Option(parser=at_least(0), metavar="K", help="Block of seeds.")] = 0,
    epochs: Annotated[
        int, typer.Option(parser=at_least(1), metavar="N", help="Budget of SGD, and of the SAM stage.")
    ] = 200_000,
    json: Annotated[Path | None, typer.Option(help="Write everything here.")] = None,
) -> None:
    """Say what each theorem predicts for a setting; exit code 1 if a simulation disagrees."""
    from rich.console import Console

    from dynamics.files import check_targets, write_whole
    from dynamics.setting import read_setting
    from theorems import prediction as theory
    from verify.report.prediction import prediction_text
    from verify.simulate import simulate as run
    from verify.verdict import provenance

    check_targets(json=json)
    options = {"n": n, "d": d, "m": m, "P": P, "mu_norm": mu_norm, "sigma_p": sigma_p}
    options |= {"p": p, "sigma_0": sigma_0, "B": B, "eta": eta}
    given = (read_setting(config) if config else {}) | {name: v for name, v in options.items() if v is not None}
    setting, chosen = theory.completed(given)
    found = theory.predict(setting, delta)
    console = Console()
    with Console(stderr=True).status(f"training {replicas} replicas") if simulate else nullcontext():
        happened = run(found, replicas, seed_block, epochs) if simulate else None
    width = min(max(console.width, 80), 100)
    print(prediction_text(found, happened, chosen, width=width, colour=console.is_terminal), end="")
    if json is not None:
        made = {k: v for k, v in provenance("quick", seed_block).items() if k not in ("scale", "level")}
        simulation = happened.to_dict() if happened else None
        write_whole(
            json, {"provenance": made, "prediction": found.to_dict(), "chosen": chosen, "simulation": simulation}
        )
    if happened and happened.disagrees:
        raise typer.Exit(1)


@app.command()
def report(
    results: Annotated[Path, typer.Argument(help="Written by `samverify check --json` or `pytest verify/ --json`.")],
    html: Annotated[Path, typer.Option(help="Write the report page here.")],
) -> None:
    """Write the report page of a run from its results file; nothing is run."""
    from dynamics.files import check_targets
    from verify.report.render import write_page
    from verify.report.results import read_results

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
    config: Annotated[Path, typer.Argument(help="TOML file; its fields: README, Sweeps.")],
    out: Annotated[Path, typer.Option(help="Folder of the results; typed again, the command goes on in it.")],
    workers: Annotated[
        int | None, typer.Option(parser=at_least(1), metavar="N", help="Processes; one a core by default.")
    ] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to use instead.")] = None,
) -> None:
    """Run a grid of settings, schedules and replicas; exit code 0 if FOLDER/sweep.nc is there, 3 interrupted."""
    import signal

    from tqdm import tqdm

    from sweeps import Interrupted, cluster, read_config
    from sweeps import sweep as run_sweep

    if workers is not None and scheduler is not None:
        raise ValueError("workers and scheduler are not allowed together: a cluster has its own workers")
    given = read_config(config)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a batch system's way to say Ctrl-C
    begun: list[tqdm[NoReturn]] = []

    def progress(done: int) -> None:
        if not begun:
            total = math.prod(len(values) for values in given.grid.values())
            interval = 0.1 if sys.stderr.isatty() else 5
            begun.append(tqdm(total=total, initial=done, unit="cell", dynamic_ncols=True, mininterval=interval))
        begun[0].update(done - begun[0].n)

    try:
        with cluster(scheduler) if scheduler is not None else nullcontext() as executor:
            run_sweep(given, out, executor, workers=workers, progress=progress).close()
    except (Interrupted, KeyboardInterrupt) as error:
        stopped = str(error) or "stopped before the first cell"
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
    """Run the command line; bad input ends with one sentence and exit code 2, Ctrl-C and a full disk with 3."""
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except OSError as error:
        from dynamics.files import not_written

        with suppress(OSError):  # else the end of the process tries again to write what it holds
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"samverify: {not_written(error)}", file=sys.stderr)
        sys.exit(3)
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
