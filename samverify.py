"""The command line: thin, everything it does is a function of the packages."""

import dis
import functools
import importlib.util
import math
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

PACKAGES = ("dynamics", "theorems", "verify", "sweeps", "figures")
EXIT_CODES = """Exit codes: 0 all is as it must be; 1 a statement was refuted, or a simulation disagrees with a theorem;
2 bad input; 3 something was left open, interrupted or not written; 4 an unexpected error, which should be reported."""


class _App(typer.Typer):
    """Commands whose errors become exit codes here: typer's own would call a lost terminal "refuted"."""

    def command(self, *arguments: Any, **options: Any) -> Callable[[Any], Any]:
        """Register a command."""
        register = super().command(*arguments, **options)

        def decorate(function: Callable[..., None]) -> Callable[..., None]:
            @functools.wraps(function)
            def run(**given: Any) -> NoReturn:
                raise typer.Exit(_exit_code(function, given))

            register(run)
            return function

        return decorate


app = _App(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


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


def _say_version(wanted: bool) -> None:
    if wanted:
        from dynamics.provenance import origin

        made = origin()
        print(f"samverify {made['samverify']} (commit {made['commit']}, Python {made['python']})")
        raise typer.Exit()


@app.callback(epilog=EXIT_CODES)
def samverify(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version and the commit.")
    ] = False,
) -> None:
    """Confront the theory of sharpness-aware minimization with numbers."""


LoadOption = Annotated[
    list[Path] | None, typer.Option("--load", metavar="FILE", help="Python file with statements and rules of your own.")
]


def load_files(files: list[Path] | None) -> None:
    """Load the statements and rules of files."""
    if files:
        from theorems.load import load

        for file in files:
            load(file)


def ask_runs(ids: list[str], files: list[Path], scale: str, seed_block: int, json: Path | None) -> None:
    """Confront statements with given runs, and end with a table; exit code 1 if one was refuted."""
    from rich.console import Console

    from dynamics import Trajectory
    from dynamics.files import check_targets, write_whole
    from dynamics.validation import word
    from theorems import catalogue
    from verify.check import check
    from verify.own import can_ask
    from verify.report.table import table
    from verify.verdict import as_json

    word("scale", scale, ("quick", "full"))
    check_targets(json=json)
    more = [Path(id) for id in ids if id not in catalogue and Path(id).is_file()]  # the shell puts them among the ids
    paths = [Trajectory.load(file) for file in (*files, *more)]
    wanted = [id for id in ids if Path(id) not in more] or [id for id in catalogue if can_ask(catalogue[id])]
    chosen: Literal["quick", "full"] = "quick" if scale == "quick" else "full"
    verdicts = [check(id, chosen, seed_block, paths) for id in wanted]
    console = Console()
    print(table(verdicts, width=max(console.width, 100), colour=console.is_terminal), end="")
    left = len(catalogue) - sum(map(can_ask, catalogue.values()))
    if not set(ids) & set(catalogue):
        print(f"{left} statements cannot be asked of runs: they speak of ladders of settings, or of images.")
    if json is not None:
        write_whole(json, as_json(verdicts, chosen, seed_block))
    if any(v.status == "refuted" for v in verdicts):
        raise typer.Exit(1)


@app.command(epilog="Example: samverify check noise_norms --json evidence.json")
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
    load: LoadOption = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option(help="Ask runs of your own, files as Trajectory.save writes; more may follow the first."),
    ] = None,
    long: Annotated[
        bool, typer.Option("--table", help="Print what each statement predicts and measured, too.")
    ] = False,
    case: Annotated[Path | None, typer.Option(help="Replay a counterexample of `attack`, and only that.")] = None,
    page: Annotated[
        bool, typer.Option("--page/--no-page", help="After a run of all statements, write report.html here.")
    ] = True,
) -> None:
    """Check statements and end with counts, closest calls and what needs attention.

    A run of all statements leaves its page in report.html, unless --html names another file or --no-page is given.

    Exit code 0 if all is as it must be, 1 if a statement was refuted, 2 for bad input, 3 if something was left open or
    the run was interrupted, 4 for an unexpected error: then table and JSON hold what was finished. Files are written
    before anything is printed.
    """
    load_files(load)
    if runs:
        ask_runs(ids or [], runs, scale, seed_block, json)
        return
    from rich.console import Console

    from dynamics.files import check_targets
    from dynamics.processes import cores
    from dynamics.validation import word
    from verify.report.progress import Progress
    from verify.report.render import keep_page
    from verify.report.table import table, where
    from verify.run import expected, jobs, run, with_holm
    from verify.verdict import Failure, as_json

    if case is not None:
        _replay(case)
        return
    word("scale", scale, ("quick", "full"))
    check_targets(json=json, html=html)
    wanted = jobs(ids, controls, "quick" if scale == "quick" else "full", seed_block)
    found, interrupted = {}, False
    try:
        progress = Progress({job.name: t for job, t in expected(wanted).items()}, workers or cores())
        for job, verdict in run(wanted, workers):
            found[job] = verdict
            print(progress.line(job.name, verdict), file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        interrupted = True
    made = [found[job] for job in wanted if job in found]
    verdicts = with_holm([v for v in made if not isinstance(v, Failure)])
    failed = [v for v in made if isinstance(v, Failure)]
    missing = [job.name for job in wanted if job not in found]
    evidence = as_json(verdicts, "quick" if scale == "quick" else "full", seed_block, missing, failed)
    trouble = _written(evidence, json, html)
    unasked = keep_page(evidence) if page and html is None and not ids and not interrupted else ""
    console = Console()
    if verdicts:
        width = max(console.width, 100)
        text = table(verdicts, width=width, colour=console.is_terminal, long=long, failed=failed)
        print(text if trouble else f"{text}{where(json, html, unasked)}", flush=True)
    for failure in failed:
        print(f"samverify: no verdict on {failure.name}: {failure.reason}", file=sys.stderr)
    if interrupted:
        print(f"samverify: interrupted; {len(found)} of {len(wanted)} checks were made", file=sys.stderr)
    if trouble is not None:
        raise trouble
    if any(v.control is None and v.status == "refuted" and not v.as_expected for v in verdicts):
        raise typer.Exit(1)
    for failure in failed:
        if failure.unexpected:
            _report(failure.reason, failure.details)
            raise typer.Exit(4)
    if interrupted or failed or not all(v.as_expected for v in verdicts):
        raise typer.Exit(3)


def _written(evidence: dict[str, Any], json: Path | None, html: Path | None) -> Exception | None:
    """Write a run's files, one whatever becomes of the other, and return what went wrong first."""
    from dynamics.files import write_whole
    from verify.report.render import write_page

    trouble = []
    for target, write in ((json, write_whole), (html, write_page)):
        try:
            if target is not None:
                write(target, evidence)
        except Exception as error:
            trouble.append(error)
    return trouble[0] if trouble else None


def _replay(file: Path) -> None:
    """Replay a case; exit code 1 if it still is a counterexample."""
    from verify.attack.attack import told
    from verify.attack.case import load, replay

    case = load(file)
    answer = replay(case)
    print(told(case, answer))
    if answer.answer == "fails":
        raise typer.Exit(1)


@app.command(epilog="Example: samverify attack gradient_norm --evaluations 40")
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

    check_targets(json=json, script=script)
    if cases is not None and not cases.is_dir():
        raise ValueError(f"cases = {str(cases)!r} is not allowed: it must be a folder that exists")
    wanted = targets(ids, load)
    found = resumed(resume) if resume is not None else {}
    budget = 400 if minutes is None and evaluations is None else evaluations
    rounds = run(wanted, evaluations=budget, minutes=minutes, seed=seed, before=found, workers=workers)
    grades, stopped = {}, False
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
    if json is not None:
        write_whole(json, as_json(found, seed, grades))
    console = Console()
    print(table(found, grades, width=max(console.width, 100)), end="", flush=True)
    if stopped:
        print("samverify: interrupted; the table holds what was found", file=sys.stderr)
    if stopped:
        raise typer.Exit(3)
    if any(f.broken for f in found.values()):
        raise typer.Exit(1)


@app.command(epilog="Example: samverify predict --n 30 --d 1e4 --m 15 --mu-norm 6")
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
    address: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="The explorable's address, or what follows its #.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write everything here.")] = None,
) -> None:
    """Say what each theorem predicts for a setting; exit code 1 if a simulation disagrees."""
    from rich.console import Console
    from tqdm import tqdm

    from dynamics.files import check_targets, write_whole
    from dynamics.setting import read_setting
    from theorems import prediction as theory
    from verify.report.prediction import prediction_text
    from verify.simulate import simulate as run
    from verify.verdict import provenance

    check_targets(json=json)
    options = {"n": n, "d": d, "m": m, "P": P, "mu_norm": mu_norm, "sigma_p": sigma_p}
    options |= {"p": p, "sigma_0": sigma_0, "B": B, "eta": eta}
    if config and address is not None:
        raise ValueError(f"from = {address!r} is not allowed together with a file: one of them holds the setting")
    given = read_setting(config) if config else {}
    if address is not None:
        from figures.explore.address import fields

        given = fields(address)
    given |= {name: v for name, v in options.items() if v is not None}
    setting, chosen = theory.completed(given)
    found = theory.predict(setting, delta)
    happened, interrupted = None, False
    try:
        if simulate:
            with tqdm(total=replicas, unit="replica", dynamic_ncols=True, disable=None, leave=False) as bar:
                happened = run(found, replicas, seed_block, epochs, None if bar.disable else bar.update)
    except KeyboardInterrupt:
        interrupted = True
    if json is not None:
        made = {k: v for k, v in provenance("quick", seed_block).items() if k not in ("scale", "level")}
        simulation = happened.to_dict() if happened else None
        write_whole(
            json, {"provenance": made, "prediction": found.to_dict(), "chosen": chosen, "simulation": simulation}
        )
    console = Console()
    width = min(max(console.width, 80), 100)
    print(prediction_text(found, happened, chosen, width=width, colour=console.is_terminal), end="")
    if interrupted:
        print("samverify: interrupted; the prediction is whole, the simulation is missing", file=sys.stderr)
        raise typer.Exit(3)
    if happened and happened.disagrees:
        raise typer.Exit(1)


@app.command(epilog="Example: samverify report evidence.json --html report.html")
def report(
    results: Annotated[Path, typer.Argument(help="Written by `samverify check --json` or `pytest verify/ --json`.")],
    html: Annotated[Path, typer.Option(help="Write the report page here.")],
    load: LoadOption = None,
) -> None:
    """Write the report page of a run from its results file; nothing is run."""
    load_files(load)
    from dynamics.files import check_targets
    from verify.report.render import write_page
    from verify.report.results import read_results

    if html.resolve() == results.resolve():
        raise ValueError(f"html = {str(html)!r} is not allowed: it must be another file than results")
    check_targets(html=html)
    write_page(html, read_results(results))


@app.command(epilog="Example: samverify figures stages --out pictures")
def figures(
    names: Annotated[list[str] | None, typer.Argument(help="Figures; all of them by default.")] = None,
    results: Annotated[Path, typer.Option(help="Folder of the results that are drawn.")] = Path("results"),
    out: Annotated[Path, typer.Option(help="Folder for NAME.svg and its caption NAME.md.")] = Path("pictures"),
) -> None:
    """Draw figures from results; each comes with a caption that says what is predicted and what was measured."""
    os.environ.pop("MPLBACKEND", None)  # pictures need no window, and matplotlib would not start with a wrong one
    from figures import make

    for picture in make(names, results, out):
        print(picture)


@app.command(epilog="Example: samverify explore --html explore.html")
def explore(
    html: Annotated[Path, typer.Option(help="Write the page here.")],
    results: Annotated[Path, typer.Option(help="Folder of the results that it shows.")] = Path("results"),
) -> None:
    """Write the explorable: one page that trains SGD and SAM while its sliders move; nothing is run here."""
    from dynamics.files import check_targets
    from figures.explore.page import write_page

    check_targets(html=html)
    write_page(html, results)


@app.command(epilog="Example: samverify sweep grid.toml --out sweeps/grid")
def sweep(
    config: Annotated[Path, typer.Argument(help="TOML file; docs/command_line.md has one.")],
    out: Annotated[Path, typer.Option(help="Folder of the results; typed again, the command goes on in it.")],
    workers: Annotated[
        int | None, typer.Option(parser=at_least(1), metavar="N", help="Processes; one a core by default.")
    ] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to use instead.")] = None,
    load: LoadOption = None,
) -> None:
    """Run a grid of settings, schedules and replicas; exit code 0 if FOLDER/sweep.nc is there, 3 interrupted."""
    load_files(load)
    from tqdm import tqdm

    from sweeps import Interrupted, cluster, read_config
    from sweeps import sweep as run_sweep

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


@app.command(epilog="Example: samverify conform step.py")
def conform(
    file: Annotated[Path, typer.Argument(help="Python file with a function step, and perhaps accumulate.")],
) -> None:
    """Ask an optimiser of your own whether it does what SAM does; exit code 1 if it does not."""
    from dynamics.conformance import conformance
    from theorems.load import names_of

    names = names_of(file)
    if "step" not in names:
        raise ValueError(f"file = {str(file)!r} is not allowed: it must define step(W, gradient, eta, tau)")
    lines = conformance(names["step"], names.get("accumulate"))
    for line in lines:
        print(f"{'-' if line.holds is None else 'ok' if line.holds else 'NO':<3} {line.question}: {line.answer}")
    if any(line.holds is False for line in lines):
        raise typer.Exit(1)


def _exit_code(command: Callable[..., None], given: dict[str, Any]) -> int:
    """Run a command and return its exit code; whatever it prints may be lost, what it writes is not."""
    import warnings

    from dynamics.files import not_written
    from dynamics.output import lasting, lost
    from dynamics.processes import one_stop

    streams, form = (sys.stdout, sys.stderr), warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: f"samverify: {message}\n"
    sys.stdout, sys.stderr = lasting(sys.stdout), lasting(sys.stderr)
    code = 0
    try:
        with one_stop():
            command(**given)
    except typer.Exit as end:
        code = end.exit_code
    except KeyboardInterrupt:
        code = _told("interrupted", 3)
    except MemoryError as error:
        code = _told(f"no memory: {error}", 3)
    except OSError as error:
        code = _told(not_written(error), 3)
    except Exception as error:
        if isinstance(error, ValueError) and _is_refusal(error):
            code = _told(str(error), 2)
        else:
            import traceback

            _report(f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))
            code = 4
    finally:
        trouble = lost(sys.stdout)
        # of what is in files as well, only the terminal's copy is lost; and a pipe is closed by who has read enough
        kept = any(given.get(name) for name in ("json", "html", "out"))
        if code == 0 and trouble is not None and not kept and not isinstance(trouble, BrokenPipeError):
            code = _told(not_written(trouble), 3)
        lost(sys.stderr)
        (sys.stdout, sys.stderr), warnings.formatwarning = streams, form
    return code


def _told(sentence: str, code: int) -> int:
    print(f"samverify: {sentence}", file=sys.stderr)
    return code


def _report(what: str, details: str) -> None:
    from dynamics.provenance import origin

    made = origin()
    print(details, file=sys.stderr)
    print(
        f"samverify: unexpected error, {what}; please report this line, the lines above and the command (samverify "
        f"{made['samverify']}, commit {made['commit']}, Python {made['python']}, {made['machine']})",
        file=sys.stderr,
    )


def _is_refusal(error: ValueError) -> bool:
    """Say whether one of our `raise` statements refused bad input, rather than something that we called."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return False
    ours = place.tb_frame.f_globals["__name__"].partition(".")[0] in (*PACKAGES, "samverify", "__main__")
    return ours and place.tb_frame.f_code.co_code[place.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def shadowed() -> str:
    """Say in one sentence which file would be imported in the place of ours; empty if none would."""
    for name in PACKAGES:
        ours = Path(__file__).resolve().parent / name / "__init__.py"
        try:
            spec = importlib.util.find_spec(name)
        except ValueError:  # a module without a specification
            spec = None
        places = [spec.origin, *(spec.submodule_search_locations or ())] if spec is not None else []
        found = next((place for place in places if place is not None), "")
        if found and ours.exists() and Path(found).resolve() != ours:
            return (
                f"{found!r} is imported as {name!r} in the place of {str(ours)!r}: rename it, start elsewhere, or "
                "take its folder off PYTHONPATH"
            )
    return ""


def _keep_descriptors_open() -> None:
    """Open standard streams that are closed: else a file that is written would take their numbers, and their output."""
    with suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(descriptor, True)
        os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (to the end of the process)


def main() -> None:
    """Run the command line; `EXIT_CODES` says how it ends."""
    _keep_descriptors_open()
    if sentence := shadowed():
        sys.exit(_told(sentence, 2))
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except OSError as error:  # of a help text
        with suppress(OSError):  # else the end of the process tries again to write what it holds
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.exit(_told(f"the output could not be written: {error.strerror}", 3))
    except KeyboardInterrupt:
        sys.exit(_told("interrupted", 3))
    except SystemExit as end:
        if end.code == 130:  # typer's code for Ctrl-C
            sys.exit(_told("interrupted", 3))
        if isinstance(end.__context__, OSError):  # typer's code for a help text that nobody reads is 1
            sys.exit(0)
        raise


if __name__ == "__main__":
    main()
