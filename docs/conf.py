"""Sphinx configuration of the site; ``make docs`` builds it into out/site, warnings as errors."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from lppn_np import __version__

project = "lppn-np"
author = "The lppn-np developers"
copyright = author  # noqa: A001  # Sphinx's name
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "command_help",
    "math_font",
    "mathml",
    "navigation",
    "repository_links",
]
exclude_patterns = ["_ext", "by-hand/exercises"]

# Math becomes MathML when the site is built: no script, no font, no network when it is read.
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "lppn-np"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False

# What a class of ours inherits from another of ours belongs to it; what it has from Python's does not.
autodoc_default_options = {
    "members": True,
    "inherited-members": "list,tuple,dict,Mapping,BaseException,Exception,ValueError,ImportError",
}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings have types, and shapes with them
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_custom_sections = ["Columns"]
