"""Pages mended: less to load, and roles that assistive technology understands.

* MathJax, two thirds of a megabyte, comes only with pages that have a formula; Jupyter Book loads it with every page.
* A list of references is a list of items: docutils gives its items a role that the role of the list does not allow.
"""

from docutils import nodes
from sphinx.application import Sphinx


def _load_less(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    # The domain's own has_equations() counts the formulas of the pages below as well.
    if not app.env.get_domain("math").data["has_equations"].get(pagename):
        # In place: Sphinx gives every page the same list, and fills it anew.
        context["script_files"][:] = [script for script in context["script_files"]
                                      if getattr(script, "filename", None) is None
                                      or not script.filename.endswith(app.config.mathjax_path)]


def _open_citation(self, node: nodes.citation) -> None:
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", classes=["citation"], role="listitem"))


def _close_citation(self, node: nodes.citation) -> None:
    self.body.append("</div>\n")
    if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
        self.body.append("</div>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("html-page-context", _load_less, priority=900)  # after Sphinx has added MathJax
    app.add_node(nodes.citation, override=True, html=(_open_citation, _close_citation))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
