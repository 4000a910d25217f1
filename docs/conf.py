"""Sphinx: pages in Markdown, the API from docstrings, formulas as MathML; nothing is fetched from elsewhere."""

import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))  # for statement_pages
sys.path.insert(0, str(Path(__file__).parent.parent))

from verify.report.mathematics import mathml

project = "samverify"
author = "the samverify authors"
version = release = installed("samverify")
project_copyright = "MIT licence"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "numpydoc", "statement_pages"]
exclude_patterns = ["_build"]
root_doc = "index"
nitpicky = True
nitpick_ignore = [("py:obj", "hypotheses")]  # a field whose default is a function, which numpydoc takes for a method
default_role = "code"
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "none"  # docstrings state types, with shapes
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_theme = "alabaster"
html_title = "samverify"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_copyright = False
html_math_renderer = "mathml"
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_theme_options = {
    "description": "Theory of sharpness-aware minimization, confronted with numbers",
    "page_width": "1240px",
    "sidebar_width": "230px",
    "font_family": "system-ui, sans-serif",
    "head_font_family": "system-ui, sans-serif",
    "fixed_sidebar": True,
}


def _inline(self: Any, node: nodes.math) -> None:
    self.body.append("".join(mathml(node.astext())))
    raise nodes.SkipNode


def _display(self: Any, node: nodes.math_block) -> None:
    self.body.append(f'<div class="formula">{"".join(mathml(node.astext()))}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Let formulas be set by the program that sets those of the report page."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_display, None))
