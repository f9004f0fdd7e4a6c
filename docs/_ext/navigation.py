"""Pages that take what comes: three placeholders stand for whatever a page does not name itself.

``%other-pages%`` in index.md: pages directly under docs/. ``%other-names%`` in reference/python.rst: names
that ``lppn_np`` exports. ``%packages%`` in reference/packages.rst: its packages that say what is public.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

from sphinx.application import Sphinx

import lppn_np


def other_pages(app: Sphinx, text: str) -> str:
    """Lines of a toctree."""
    named = set(re.findall(r"^(?:[^<\n]*<)?([\w./-]+)>?$", text, re.MULTILINE))
    pages = sorted(name for name in app.env.found_docs if "/" not in name and name != app.config.root_doc)
    return "\n".join(name for name in pages if name not in named)


def other_names(app: Sphinx, text: str) -> str:
    """Directives for the exported names that ``text`` has none for."""
    return "\n\n".join(
        f".. {directive(getattr(lppn_np, name))}:: lppn_np.{name}"
        for name in lppn_np.__all__
        if not name.startswith("_") and not re.search(rf"lppn_np\.{name}$", text, re.MULTILINE)
    )


def directive(value: object) -> str:
    """Name of the autodoc directive for an object, with its options' block left to the defaults."""
    if inspect.isclass(value):
        return "autoexception" if issubclass(value, Exception) else "autoclass"
    return "autofunction" if callable(value) else "autodata"


def packages(app: Sphinx, text: str) -> str:
    """One section for each package that has an ``__all__``, without what ``lppn_np`` itself exports."""
    sections = []
    for name in public_packages():
        title = f"``{name}``"
        elsewhere = ", ".join(set(importlib.import_module(name).__all__) & set(lppn_np.__all__))
        section = f"{title}\n{'-' * len(title)}\n\n.. automodule:: {name}\n   :members:"
        sections.append(f"{section}\n   :exclude-members: {elsewhere}" if elsewhere else section)
    return "\n\n".join(sections)


def public_packages() -> Iterator[str]:
    """Names of the packages below ``lppn_np`` that say what is public."""
    for found in pkgutil.iter_modules(lppn_np.__path__, "lppn_np."):
        if found.ispkg and hasattr(importlib.import_module(found.name), "__all__"):
            yield found.name


PLACEHOLDERS = {
    "index": ("%other-pages%", other_pages),
    "reference/python": ("%other-names%", other_names),
    "reference/packages": ("%packages%", packages),
}


def fill_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the placeholder of a page that has one."""
    if docname in PLACEHOLDERS:
        placeholder, make = PLACEHOLDERS[docname]
        if placeholder not in source[0]:
            raise ValueError(f"{docname} lacks {placeholder}")
        source[0] = source[0].replace(placeholder, make(app, source[0]))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the reading of a page."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True}
