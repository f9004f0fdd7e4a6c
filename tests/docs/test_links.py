"""Links of the pages as they stand in the repository, and the checker of the built site."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def text_of(page):
    """A page without its code, which may hold brackets that are no links."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "code", text)


def anchors(page):
    """Places that a code host and MyST make of headings."""
    headings = re.findall(
        r"^#+ +(.+)$", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S), re.M
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in LINK.findall(text_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{target.name} has no heading {anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_included_code_exists(page):
    """A literalinclude names a file, and the function or class in it."""
    directive = r"^```\{literalinclude\} (\S+)\n(?::pyobject: (\S+)\n)?"
    for path, name in re.findall(directive, page.read_text(), re.M):
        text = (page.parent / path).read_text()
        for part in name.split("."):
            assert not part or re.search(rf"^\s*(def|class) {part}\b", text, re.M), f"{path} has no {name}"


@pytest.fixture(scope="module")
def check_site():
    spec = importlib.util.spec_from_file_location("check_site", ROOT / "docs" / "check_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_sound_site_has_no_problems(check_site, tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#here">b</a> <a href="https://example.org/x">out</a>')
    (tmp_path / "b.html").write_text(
        '<p id="here"><img src="data:image/png;base64,AA"></p><a href="#here">up</a>'
    )
    assert check_site.problems(tmp_path) == []


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ('<a href="gone.html">x</a>', "dead link: gone.html"),
        ('<a href="#nowhere">x</a>', "no such place: #nowhere"),
        ('<script src="https://example.org/x.js"></script>', "needs the network"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "needs the network"),
        ('<img src="gone.png">', "dead link: gone.png"),
    ],
)
def test_a_problem_is_found(check_site, tmp_path, page, problem):
    (tmp_path / "a.html").write_text(page)
    [line] = check_site.problems(tmp_path)
    assert problem in line


def test_an_empty_folder_is_no_site(check_site, tmp_path):
    assert check_site.problems(tmp_path)
