"""Check a built site: ``python docs/check_site.py out/site``.

Every link to a page, a place in a page or a file leads somewhere, and no page needs the network to be read:
scripts, style sheets and pictures come from the site itself. Links to other sites are left alone.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: What a page loads by itself, as opposed to where a reader may go.
LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("source", "src"), ("iframe", "src")}


class Page(HTMLParser):
    """Links and places of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[tuple[str, str, str]] = []
        self.places = {"", "top"}
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Keep what leads somewhere, and what can be led to."""
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append((tag, name, value))
            elif (name == "id" or (tag == "a" and name == "name")) and value:
                self.places.add(value)


def problems(site: Path) -> list[str]:
    """What is wrong, one line a link."""
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        where = path.relative_to(site.resolve())
        for tag, name, link in page.links:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                if (tag, name) in LOADED:
                    found.append(f"{where}: <{tag}> needs the network: {link}")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                found.append(f"{where}: dead link: {link}")
            elif target in pages and unquote(parts.fragment) not in pages[target].places:
                found.append(f"{where}: no such place: {link}")
    return found if pages else [f"{site}: no pages"]


if __name__ == "__main__":
    lines = problems(Path(sys.argv[1]))
    print("\n".join(lines) if lines else "no dead links, nothing from other sites")
    sys.exit(1 if lines else 0)
