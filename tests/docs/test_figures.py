"""The script that draws the figures runs, and draws all that the pages show."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "docs" / "figures"


def test_the_script_draws_every_figure(tmp_path):
    command = [sys.executable, str(FIGURES / "make_figures.py"), str(tmp_path)]
    subprocess.run(command, check=True)
    drawn = {path.name for path in tmp_path.glob("*.png")}
    assert drawn == {path.name for path in FIGURES.glob("*.png")}
    assert all(path.stat().st_size < 200_000 for path in FIGURES.glob("*.png"))


def test_every_figure_is_shown():
    pages = "".join(page.read_text() for page in (ROOT / "docs").rglob("*.md"))
    shown = set(re.findall(r"\(\S*figures/(\w+\.png)\)", pages))
    assert shown == {path.name for path in FIGURES.glob("*.png")}
