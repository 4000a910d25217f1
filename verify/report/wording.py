"""Numbers, readings of bounds and the catalogue's own words, as the page says them."""

import math
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

import theorems
from theorems import catalogue
from theorems.statement import Kind, Statement
from verify.report.results import Record
from verify.report.schema import Part

LOOSE = 10.0
"""From this factor on a bound is called loose, as in the table of the terminal."""


def number(value: object, digits: int = 3) -> str:
    """Return a number in few digits; what is not a number as it stands."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}g}"
    if float(text) == 0:
        return "0"
    if 10**digits <= abs(value) < 1e6:
        text = f"{float(text):,.0f}"
    return text.replace("-", "−")


def stated(part: Part) -> str:
    """Return what a part's claim allows, in signs."""
    return "nothing" if math.isinf(part.bound) else f"{'≤' if part.sense == '<=' else '≥'} {number(part.bound)}"


def readable(measured: str) -> str:
    """Return a line of `Verdict.measured` without limits that limit nothing, and without negative zeros."""
    return re.sub(r"(?<![\w.])-0(?:\.0+)?(?![\w.])", "0", re.sub(r", stated [<>]= -?inf\b", ", no bound", measured))


_SIGNS = (
    (r"\|\|", "‖"),
    (r"<([^<>=]+?,\s*[^<>=]+?)>", r"⟨\1⟩"),
    (r"<=", "≤"),
    (r">=", "≥"),
    (r"\+-", "±"),
    (r"rho_bar", "ρ̄"),
    (r"rho_under", "ρ̲"),
    (r"sqrt\(", "√("),
    (r"√\((\w)\)", r"√\1"),
    (r"sum_", "Σ_"),
    (r"\bPhi\b", "Φ"),
    (r"\bLambda\b", "Λ"),
    (r"\bOmega\b", "Ω"),
    (r"\bTheta\b", "Θ"),
    (r"\bgrad\b", "∇L"),
    (r"(?<![A-Za-z_])(mu|xi|sigma|gamma|rho|delta|epsilon|eps|eta|tau|alpha|beta|kappa)(?![A-Za-z])", "letter"),
    (r"y_hat", "ŷ"),
    (r"SNR\^-2", "SNR⁻²"),
    (r"\^-?\d(?![\d.])", "power"),
    (r"\^\(1/4\)", "^¼"),
    (r"\^\(1/2\)", "^½"),
    (r"\^\(-1/4\)", "^−¼"),
    (r"\^\(-1/2\)", "^−½"),
    (r"_(jr|ji|[0-9]|[ijkprt])(?![A-Za-z0-9])", "index"),
    (r"(?<=[\s(\[≤≥~,])-(?=[\d∞.])", "−"),
    (r"(?<=\de)-(?=\d)", "−"),
)
_NAMES = ("mu", "xi", "sigma", "gamma", "rho", "delta", "epsilon", "eps", "eta", "tau", "alpha", "beta", "kappa")
_LETTERS = dict(zip(_NAMES, "μξσγρδεεηταβκ", strict=True))
_LOW = str.maketrans("0123456789ijkprt", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₚᵣₜ")
_HIGH = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def symbols(text: str) -> str:
    """Return a text of the catalogue with mathematics in symbols: `||mu|| <= d^2 sigma_p` as "‖μ‖ ≤ d² σₚ".

    Parameters
    ----------
    text : str
        Names of statements, such as `tau_rule`, stay as they are.

    Returns
    -------
    str
    """
    for pattern, sign in _SIGNS:
        if sign == "letter":
            # not in a name of code, as tau_rule is
            text = re.sub(pattern + r"(?!_(?!jr|ji)[A-Za-z]{2})", lambda found: _LETTERS[found[1]], text)
        elif sign == "power":
            text = re.sub(pattern, lambda found: found[0][1:].translate(_HIGH), text)
        elif sign == "index":
            text = re.sub(pattern, lambda found: found[1].translate(_LOW), text)
        else:
            text = re.sub(pattern, sign, text)
    return text


def exponent(value: float) -> str:
    """Return an exponent in three decimals."""
    return f"{value:.3f}".replace("-0.000", "0.000").replace("-", "−") if math.isfinite(value) else number(value)


def share_used(measured: float, bound: float, sense: str) -> float | None:
    """Return which share of a bound is used up.

    Parameters
    ----------
    measured, bound : float
    sense : {"<=", ">="}

    Returns
    -------
    float or None
        At most 1 where the bound holds; 0 where the two lie on different sides of zero, inf where that
        breaks the bound; None for a bound of zero or none at all, which has no share. NaN for NaN.
    """
    if sense == ">=":
        measured, bound = -measured, -bound
    if math.isnan(measured) or math.isnan(bound):
        return math.nan
    if bound == 0 or math.isinf(bound):
        return None
    if bound > 0:
        return max(measured, 0.0) / bound
    return bound / measured if measured < 0 else math.inf


def excess(measured: float, bound: float, sense: str) -> float:
    """Return by how much a bound is exceeded: negative inside."""
    return measured - bound if sense == "<=" else bound - measured


def reading(part: Part, kind: Kind) -> tuple[str, bool]:
    """Say how much room a part left, and whether its bound is loose.

    Parameters
    ----------
    part : Part
    kind : {"identity", "bound", "probability", "scaling"}
        The rounding budget of an identity is not called loose.

    Returns
    -------
    tuple of str and bool
    """
    share = share_used(part.measured, part.bound, part.sense)
    if share is None:
        if math.isinf(part.bound):
            return "no bound", False
        beyond = excess(part.measured, part.bound, part.sense)
        if beyond == 0:
            return "exactly 0", False
        if math.isnan(beyond):
            return "not a number", False
        return f"{number(abs(beyond))} {'inside' if beyond < 0 else 'beyond, broken'}", False
    if math.isnan(share):
        return "not a number", False
    if math.isinf(share):
        return "broken: on the wrong side of 0", False
    if share > 1:
        return f"broken by a factor of {number(share)}", False
    if share == 0:
        return "on the far side of 0", False
    if share > 0.995:
        return "at the bound, within 0.5%", False
    room = 1 / share
    if kind == "identity":
        return f"a factor of {number(room, 2)} below the budget", False
    if room >= LOOSE:
        return f"loose by a factor of {number(room, 2)}", True
    return f"a factor of {number(room, 2)} to spare", False


def command(verdict: Record) -> str:
    """Return the command that runs a check and its controls again."""
    return f"samverify check {shlex.quote(verdict.id)} --scale {verdict.scale} --seed-block {verdict.seed}"


def module_of(statement: Statement) -> ModuleType | None:
    """Return the module that states it, if it is one of the catalogue's."""
    return sys.modules.get(statement.module)


def sections(id: str) -> dict[str, list[str]]:
    """Return the docstring of a statement's file: the paragraphs under each of its headings.

    Parameters
    ----------
    id : str

    Returns
    -------
    dict of str to list of str
        Empty for a statement that the catalogue does not know.
    """
    module = module_of(catalogue[id]) if id in catalogue else None
    found: dict[str, list[str]] = {}
    paragraphs: list[str] = []
    for block in ((module and module.__doc__) or "").split("\n\n"):
        heading, _, rest = block.strip().partition("\n")
        rule, _, body = rest.partition("\n")
        if rule and set(rule) == {"-"}:
            paragraphs = found.setdefault(heading, [])
            block = body
        text = " ".join(block.split())
        if text:
            paragraphs.append(text)
    return found


def file_of(id: str) -> str:
    """Return the file that states it, from the root of the project; empty if it is not known."""
    module = module_of(catalogue[id]) if id in catalogue else None
    return module.__name__.replace(".", "/") + ".py" if module else ""


def notebooks_of(id: str) -> list[str]:
    """Return the proof-sketch notebooks that name a statement in a heading, from the root of the project."""
    folder = Path(theorems.__file__).parents[1] / "notebooks"
    heading = re.compile(rf"^# #+ .*`{re.escape(id)}`", re.MULTILINE)
    named = (path for path in sorted(folder.glob("*.py")) if heading.search(path.read_text(encoding="utf-8")))
    return [f"notebooks/{path.stem}.ipynb" for path in named]
