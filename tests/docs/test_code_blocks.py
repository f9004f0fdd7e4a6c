"""Every Python block of the documentation runs, page by page, in an empty folder.

A block of ``>>>`` lines is a doctest. Blocks of a page share their names, as a reader's session does. One
that cannot run here has a line ``<!-- not run: reason -->`` right before it.
"""

import doctest
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"(?P<skip><!-- not run: .+ -->\n+)?^```(?:python|pycon)\n(?P<code>.*?)^```$", re.M | re.S)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(text):
    """Line and code of every block that is to be run."""
    for match in BLOCK.finditer(text):
        if not match["skip"]:
            yield text.count("\n", 0, match.start("code")) + 1, match["code"]


def run(text, name):
    namespace = {"__name__": "__main__"}
    for line, code in blocks(text):
        if code.lstrip().startswith(">>>"):
            example = doctest.DocTestParser().get_doctest(code, namespace, f"{name}:{line}", name, line - 1)
            report = []
            result = doctest.DocTestRunner(optionflags=FLAGS).run(
                example, out=report.append, clear_globs=False
            )
            assert result.failed == 0, "".join(report)
            namespace.update(example.globs)
        else:
            exec(compile("\n" * (line - 1) + code, name, "exec"), namespace)


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """An empty folder to read the documentation in, with the examples at hand and pictures not shown."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.syspath_prepend(ROOT / "examples")
    yield tmp_path
    sys.modules.pop("lppn_forward_60_lines", None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page, reader, request):
    text = page.read_text()
    code = "".join(code for _, code in blocks(text))
    if "32-8.npz" in code:  # what the page has the reader import from a published checkpoint
        from lppn_np.weights_import import import_checkpoint

        checkpoint = request.getfixturevalue("shared_data")("checkpoints", "paper", "32-8.wave")
        import_checkpoint(checkpoint, stride=32).save(reader / "32-8.npz")
    run(text, str(page))


def test_a_wrong_block_is_noticed():
    with pytest.raises(AssertionError, match="Expected"):
        run("```python\n>>> 1 + 1\n3\n```\n", "page")
    with pytest.raises(ZeroDivisionError):
        run("text\n\n```python\nx = 1 / 0\n```\n", "page")


def test_blocks_share_names_and_can_be_left_out():
    run(
        "```python\nx = 2\n```\n\n```python\n>>> x\n2\n```\n\n<!-- not run: why -->\n```python\nboom\n```\n",
        "page",
    )


def test_no_block_hides_behind_another_name():
    """A fence that says Python in another way would not be run."""
    for page in PAGES:
        fences = re.findall(r"^```(\S.*)$", page.read_text(), re.M)
        assert not [
            f for f in fences if f.lower().startswith(("py", "{code")) and f not in ("python", "pycon")
        ], page
