"""One self-contained page of a run: what was claimed, what was found, and how to see it again."""

from verify.page.render import page, write_page
from verify.page.results import Results, read_results

__all__ = ["Results", "page", "read_results", "write_page"]
