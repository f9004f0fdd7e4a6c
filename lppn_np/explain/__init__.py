"""One self-contained HTML page that shows how a record was picked, number by number."""

from lppn_np.explain.page import build_page, write_page

__all__ = ["build_page", "write_page"]
