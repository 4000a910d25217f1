"""Run the notebooks from their scripts, and keep what they put out, or check what is kept.

::

    python notebooks/build.py [--check] [NAME ...]

Each `NN_name.py` (percent format) is run from scratch in a fresh kernel, two at a time. Without `--check` the cells
and their outputs are written to `NN_name.ipynb`, in a form that depends on nothing but the code: no times, no ids or
counts of a session. With `--check` nothing is written, and the exit status is 1 if script and notebook are not the
same cells, if any text put out differs from the kept text, or if a picture differs from the kept one by more than
`PICTURE_TOLERANCE`. In both cases it is 1 if a cell fails, writes to the error stream, or puts out an address.
"""

import argparse
import ast
import asyncio
import base64
import difflib
import io
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import numpy as np
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
AT_ONCE = 2
CELL_SECONDS = 300

# Root mean square over pixels and channels, of values from 0 to 1. Rounding differs between processors, so that
# antialiased edges may: pictures that look the same are the same. A line moved by one pixel is several times this.
PICTURE_TOLERANCE = 0.01


def scripts(names: list[str]) -> list[Path]:
    """Return the scripts of the given names (all, if none is given), in their order.

    Raises
    ------
    ValueError
        If there is no script of that name.
    """
    found = {path.stem: path for path in sorted(FOLDER.glob("[0-9]*.py"))}
    for name in names:
        if name not in found:
            raise ValueError(f"notebook {name!r} is not known; there are {', '.join(found)}")
    return [path for stem, path in found.items() if not names or stem in names]


async def run(script: Path) -> NotebookNode:
    """Run a script's cells in a fresh kernel and return the notebook, in its kept form.

    Raises
    ------
    CellExecutionError, CellTimeoutError, DeadKernelError
        If a cell fails.
    """
    notebook = jupytext.read(script)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        coalesce_streams=True,  # the kernel cuts the printed text into messages as it pleases
        resources={"metadata": {"path": str(FOLDER)}},  # where `matplotlibrc` is
        extra_arguments=[
            "--IPKernelApp.log_level=ERROR",
            # a PNG file names the program that wrote it, unless it is told not to
            "--InlineBackend.print_figure_kwargs={'bbox_inches': None, 'metadata': {'Software': None}}",
        ],
    )
    # the code beside the notebooks, whatever is installed; sums in one order, whatever the number of cores
    await client.async_execute(env=os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"})
    return kept_form(notebook)


def kept_form(notebook: NotebookNode) -> NotebookNode:
    """Take out of a notebook, in place, what depends on the session that ran it."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata["language_info"] = {"name": "python"}
    count = 0
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"cell-{number}"
        if cell.cell_type != "code":
            continue
        if not cell.outputs and only_asserts(cell.source):
            cell.metadata = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if "metadata" in output:
                output.metadata = {}
            if "execution_count" in output:
                output.execution_count = count
    return notebook


def only_asserts(source: str) -> bool:
    """Whether a cell's last word is an assertion, and it neither imports nor defines what others use by name."""
    body = ast.parse(source).body
    shown = any(isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef) for node in body)
    return bool(body) and not shown and any(isinstance(node, ast.Assert) for node in ast.walk(body[-1]))


def listing(notebook: NotebookNode) -> list[str]:
    """Return the cells and the text of their outputs as lines; a picture is one line."""
    lines = []
    for number, cell in enumerate(notebook.cells):
        lines += [f"[cell {number}, {cell.cell_type}]", *cell.source.splitlines()]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            lines += [f"[output of cell {number}: {output.output_type}]"]
            lines += output.get("text", data.get("text/plain", "")).splitlines()
            lines += [f"[{kind}]" for kind in sorted(data) if kind != "text/plain"]
    return lines


def pictures(notebook: NotebookNode) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the number of the cell and the pixels of each picture, red, green and blue from 0 to 1."""
    from matplotlib.image import imread

    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                yield number, imread(io.BytesIO(base64.b64decode(output.data["image/png"])))[..., :3]


def complaints(made: NotebookNode) -> list[str]:
    """Say which cells of a notebook wrote to the error stream, or put out an address in memory."""
    found = []
    for number, cell in enumerate(made.cells):
        for output in cell.get("outputs", []):
            text = output.get("text", output.get("data", {}).get("text/plain", ""))
            if output.output_type == "stream" and output.name == "stderr":
                found.append(f"cell {number} wrote to the error stream:\n{text}")
            elif re.search(" at 0x[0-9a-f]+", text):
                found.append(f"cell {number} put out an address, which changes from run to run: {text}")
    return found


def differences(kept: NotebookNode, made: NotebookNode) -> list[str]:
    """Say what of a kept notebook no longer holds; nothing if all does."""
    difference = list(difflib.unified_diff(listing(kept), listing(made), "kept", "made now", lineterm="", n=2))
    if difference:
        return ["\n".join(difference)]
    found = []
    for (number, before), (_, now) in zip(pictures(kept), pictures(made), strict=True):
        if before.shape != now.shape:
            found.append(f"cell {number}: the picture was of shape {before.shape}, and is of shape {now.shape}")
        elif (apart := float(np.sqrt(np.mean((before - now) ** 2)))) > PICTURE_TOLERANCE:
            found.append(f"cell {number}: the picture differs by {apart:.3f}, and {PICTURE_TOLERANCE} is allowed")
    return found


async def build(script: Path, check: bool, turn: asyncio.Semaphore) -> bool:
    """Run one notebook; check it or write it; print a line about it; return whether all is well."""
    async with turn:
        start = time.monotonic()
        target = script.with_suffix(".ipynb")
        try:
            made = await run(script)
            found = complaints(made)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
            made, found = None, [str(failure)]
        if check and not found:
            kept = nbformat.read(target, as_version=4) if target.exists() else None
            found = differences(kept, made) if kept else [f"there is no {target.name}"]
        if not check and not found:
            target.write_text(nbformat.writes(made, indent=1, ensure_ascii=False) + "\n")
        word = "failed" if found else "holds" if check else "written"
        print(f"{script.stem:<32} {word:<8} {time.monotonic() - start:5.1f} s", flush=True)
        for text in found:
            print(text, flush=True)
        return not found


async def build_all(names: list[str], check: bool) -> int:
    """Build the notebooks of the given names; return the exit status."""
    turn = asyncio.Semaphore(AT_ONCE)
    return 0 if all(await asyncio.gather(*(build(script, check, turn) for script in scripts(names)))) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks, without suffix; all by default")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if what is kept no longer holds")
    arguments = parser.parse_args()
    sys.exit(asyncio.run(build_all(arguments.names, arguments.check)))
