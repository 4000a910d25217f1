"""Formulas of the catalogue as MathML, which browsers set without any script or font from elsewhere."""

import itertools
import re
from functools import cache
from html import unescape
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element
from markupsafe import Markup

_FUNCTIONS = ("log", "exp")
_RELATIONS = {":": ":", "~": "∼"}
_BARS = {"mover": "‾", "munder": "_"}
_DOUBLE_STRUCK = {"1": "\N{MATHEMATICAL DOUBLE-STRUCK DIGIT ONE}"}


@cache
def mathml(latex: str) -> tuple[Markup, ...]:
    """Set a formula.

    Parameters
    ----------
    latex : str

    Returns
    -------
    tuple of Markup
        The formula in pieces between which a line may break, since MathML breaks none itself.
    """
    return tuple(_set(piece) for piece in pieces(latex))


def pieces(latex: str) -> list[str]:
    r"""Cut a formula at `\quad` and `\qquad`, and before `\Rightarrow`, outside of all braces.

    Parameters
    ----------
    latex : str

    Returns
    -------
    list of str
    """
    found, depth = [""], 0
    for token in re.findall(r"\\[a-zA-Z]+|\\.|.", latex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0 and token in (r"\quad", r"\qquad"):
            found.append("")
        elif depth == 0 and token == r"\Rightarrow":
            found.append(token)
        else:
            found[-1] += token
    cleaned = (re.sub(r"^(?:\\ |\s)+|(?:\\ |\s)+$", "", piece) for piece in found)
    return [piece for piece in cleaned if piece]


def _set(latex: str) -> Markup:
    element = convert_to_element(latex)
    element.set("displaystyle", "true")
    element.set("alttext", latex)
    for node in element.iter():
        if node.tag == "mo" and len(node):  # \mathrel{+}
            node.text = "".join(node.itertext())
            node[:] = []
        node.text = unescape(node.text or "")  # the converter writes references; the tree escapes by itself
        _amend(node)
        for first, second in itertools.pairwise(node):
            if first.text == "+" and second.text == "=":  # one sign, +=
                first.set("rspace", "0")
                second.set("lspace", "0")
            elif first.text in _FUNCTIONS and second.text != "(":
                first.set("rspace", "0.17em")
    return Markup(ElementTree.tostring(element, encoding="unicode"))


def _amend(node: ElementTree.Element) -> None:
    """Make of one node what MathML Core sets well."""
    if node.tag == "mo" and node.text in (r"\{", r"\}"):  # the converter keeps the backslash after \bigl
        node.text = node.text[1:]
    if node.text in _RELATIONS:
        node.tag, node.text = "mo", _RELATIONS[node.text]
    if node.tag == "mo" and node.text in ("|", "‖"):  # fences on both sides, never an operator between
        node.attrib.update(lspace="0", rspace="0")
    if node.get("mathvariant") == "double-struck" and node.text in _DOUBLE_STRUCK:  # MathML Core has no such
        node.text = _DOUBLE_STRUCK[node.text]
        del node.attrib["mathvariant"]
    if node.text in _FUNCTIONS:  # as an operator it has its spaces
        node.tag = "mo"
        node.attrib.update(form="prefix", lspace="0.17em", rspace="0")
    if node.tag in _BARS and node[-1].tag == "mo":
        node.set("accent" if node.tag == "mover" else "accentunder", "true")
        if unescape(node[-1].text or "") == "―":
            node[-1].text = _BARS[node.tag]
