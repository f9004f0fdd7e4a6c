"""Write math as MathML while the site is built, so that no page needs a script, a font or a network."""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError


def adapt(latex: str) -> str:
    """Write what latex2mathml lacks in words that it has: aligned, and a single upright letter."""
    return re.sub(r"\\mathrm\{(\w)\}", r"\\text{\1}", latex.replace("{aligned}", "{align*}"))


def to_mathml(latex: str, display: str) -> str:
    """MathML of a formula, with its LaTeX as the text that a screen reader or a copy gets."""
    try:
        mathml = convert(adapt(latex), display=display)
    except Exception as error:
        raise ExtensionError(f"cannot write {latex!r} as MathML: {error}") from error
    # latex2mathml passes what it does not know through as text.
    if "\\" in mathml or "&amp;" in mathml or "&#x00026;" in mathml:
        raise ExtensionError(f"{latex!r} holds a command that latex2mathml does not know: {mathml}")
    return mathml.replace("<math ", f'<math alttext="{html.escape(latex)}" ', 1)


def visit_inline(translator: Any, node: nodes.math) -> None:
    """Inline: ``$...$``."""
    translator.body.append(to_mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block(translator: Any, node: nodes.math_block) -> None:
    """Display: ``$$...$$``; wide formulas scroll inside their own box."""
    translator.body.append(f'<div class="formula">{to_mathml(node.astext().strip(), "block")}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer under the name that conf.py asks for."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
