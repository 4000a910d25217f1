"""Places where cosmic-ray changes the code, and a random sample: each place of a folder has the same chance."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

FOLDERS = ("dynamics", "theorems", "verify", "sweeps", "figures")
# One or two changes a place: of the eleven that cosmic-ray has for `+`, most are a TypeError, which any test kills.
_BINARY = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_FloorDiv", "Pow_Mul", "BitAnd_BitOr")
_COMPARED = ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_GtE", "LtE_Gt", "Gt_LtE", "GtE_Lt")
_EQUAL = ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")
OPERATORS = (
    *(f"core/ReplaceBinaryOperator_{name}" for name in _BINARY),
    *(f"core/ReplaceComparisonOperator_{name}" for name in (*_COMPARED, *_EQUAL)),
    *(f"core/ReplaceUnaryOperator_{name}" for name in ("USub_UAdd", "Delete_Not", "Delete_Invert")),
    *(f"core/{name}" for name in ("NumberReplacer", "AddNot", "ZeroIterationForLoop", "ExceptionReplacer")),
    *(f"core/Replace{name}" for name in ("TrueWithFalse", "FalseWithTrue", "AndWithOr", "OrWithAnd")),
    *(f"core/Replace{name}" for name in ("BreakWithContinue", "ContinueWithBreak")),
)
_EXPRESSIONS = {"arith_expr", "term", "power", "and_expr"}  # elsewhere * and ** unpack, or end positional arguments


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes
    ----------
    file : str
        Relative to the root of the repository.
    line : int
        Where the place begins, from 1.
    operator : str
        cosmic-ray's name of the change.
    before, after : str
        The line, and what it becomes.
    source : str
        The whole text after the change.
    first, last : int
        The lines of the statement, which tests run, or 0 if it is run on import only.
    """

    file: str
    line: int
    operator: str
    before: str
    after: str
    source: str
    first: int
    last: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same while lines are added elsewhere."""
        return self.file, self.before, self.after


def _statement(node) -> tuple[int, int]:
    """Return the first and the last line of the statement that holds a node, 0 and 0 outside of functions."""
    inside, statement = node, None
    while inside.type not in ("funcdef", "lambdef", "file_input"):
        if statement is None and (inside.type.endswith("_stmt") or inside.type == "parameters"):
            statement = inside
        inside = inside.parent
    if inside.type == "file_input":
        return 0, 0
    if statement is None or statement.type == "parameters":  # a default: what runs the function
        statement = inside
    elif statement.type in ("if_stmt", "for_stmt", "while_stmt", "with_stmt", "try_stmt"):  # its head
        return node.start_pos[0], (node.start_pos if node is statement else node.end_pos)[0]
    last, column = statement.end_pos
    return statement.start_pos[0], last - (column == 0)


def places(source: str) -> dict[tuple[int, int], list[tuple[str, int, tuple[int, int]]]]:
    """Return the places of a text in order: operator, occurrence and the statement's lines."""
    found: dict[tuple[int, int], list[tuple[str, int, tuple[int, int]]]] = defaultdict(list)
    operators = {name: cosmic_ray.plugins.get_operator(name)() for name in OPERATORS}
    seen = dict.fromkeys(operators, 0)
    for node in ast_nodes(get_ast(source)):
        for name, operator in operators.items():
            for start, _ in operator.mutation_positions(node):
                if "Binary" not in name or node.parent.type in _EXPRESSIONS:
                    found[start].append((name, seen[name], _statement(node)))
                seen[name] += 1
    return dict(sorted(found.items()))


def _mutant(file: str, source: str, place: tuple[int, int], change: tuple[str, int, tuple[int, int]]) -> Mutant | None:
    """Make a mutant; None if Python sees no difference, or cannot read it."""
    name, occurrence, (first, last) = change
    text = mutate_code(source, cosmic_ray.plugins.get_operator(name)(), occurrence)
    try:
        if ast.dump(ast.parse(text)) == ast.dump(ast.parse(source)):
            return None
    except SyntaxError:
        return None
    before, after = source.splitlines(), text.splitlines()
    k = next(k for k, (old, new) in enumerate(zip(before, after, strict=False)) if old != new)
    return Mutant(file, place[0], name, before[k].strip(), after[k].strip(), text, first, last)


def _of_folder(root: Path, folder: str, chance: Random) -> Iterator[Mutant]:
    """Yield the mutants of a folder in random order, one a place."""
    sources = {str(p.relative_to(root)): p.read_text(encoding="utf-8") for p in sorted((root / folder).rglob("*.py"))}
    everywhere = [(file, place, found) for file, text in sources.items() for place, found in places(text).items()]
    chance.shuffle(everywhere)
    for file, place, found in everywhere:
        mutant = _mutant(file, sources[file], place, chance.choice(found))
        if mutant is not None:
            yield mutant


def sample(root: Path, seed: int, size: int) -> list[Mutant]:
    """Draw mutants, as many from each folder, in turn, so that a run that is ended early is a smaller sample.

    Parameters
    ----------
    root : Path
        The tree.
    seed : int
    size : int
        How many in all; a multiple of the number of folders.

    Returns
    -------
    list of Mutant
    """
    each = [_of_folder(root, folder, Random(f"{seed} {folder}")) for folder in FOLDERS]
    return [next(mutants) for _ in range(size // len(FOLDERS)) for mutants in each]
