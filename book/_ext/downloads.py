"""The download button of a chapter offers the notebook that lies beside it, the one Colab opens.

The theme would offer what myst-nb leaves in `jupyter_execute`: MyST directives stay raw there, and a page that came
from the execution cache has no outputs.
"""

import shutil
from pathlib import Path

from sphinx.application import Sphinx


def _notebook(app: Sphinx, page: str) -> Path | None:
    if page not in app.env.all_docs:
        return None
    beside = Path(app.env.doc2path(page)).with_suffix(".ipynb")
    return beside if beside.is_file() else None


def _offer(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    if context.get("page_source_suffix") == ".md" and _notebook(app, pagename):
        context["ipynb_source"] = f"{pagename}.ipynb"


def _copy(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    for page in app.env.all_docs:
        notebook = _notebook(app, page)
        if notebook and notebook.with_suffix(".md").is_file():
            target = Path(app.outdir) / "_sources" / f"{page}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(notebook, target)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("html-page-context", _offer, priority=499)  # the theme makes its buttons at 501
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
