"""Links between the site and the rest of the repository.

README, CONTRIBUTING and CHANGELOG are pages of the site. Any other file that a page links to
(``../kernels/reference.py``) is copied into the site by MyST; a folder becomes plain text.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
#: Pages whose text is a file at the root of the repository, and where links to that file lead.
MIRRORS = {"contributing": "CONTRIBUTING.md", "changelog": "CHANGELOG.md"}
TARGETS = {name: f"{page}.md" for page, name in MIRRORS.items()} | {"README.md": "index.md"}
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<path>[^():#\s]+)(?P<anchor>#[^)\s]*)?\)")


def rewrite(text: str, written_in: Path, page: Path) -> str:
    """Return ``text``, whose links start in the folder ``written_in``, for the page of the site ``page``."""

    def replace(match: re.Match[str]) -> str:
        target = Path(os.path.normpath(written_in / match["path"]))
        if target.is_dir():
            return f"`{match['text'].strip('`')}`"
        if target.parent == ROOT and target.name in TARGETS:
            target = DOCS / TARGETS[target.name]
        return f"[{match['text']}]({os.path.relpath(target, page.parent)}{match['anchor'] or ''})"

    return LINK.sub(replace, text)


def on_read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put in the text of a mirrored file, and rewrite the links of Markdown pages."""
    page = Path(app.env.doc2path(docname))
    if docname in MIRRORS:
        file = ROOT / MIRRORS[docname]
        app.env.note_dependency(str(file))
        source[0] = rewrite(file.read_text(), ROOT, page)
    elif page.suffix == ".md":
        source[0] = rewrite(source[0], page.parent, page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the reading of a page."""
    app.connect("source-read", on_read)
    return {"parallel_read_safe": True}
