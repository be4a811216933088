"""The directives {versions} and {matrix}: what the book was built with, and where else its chapters were executed.

{versions} asks the environment that builds the book; beside it stand the versions of the other environments that
`make matrix` (tools/matrix.py) used. {matrix} is the table of that run: each chapter, in each environment.
"""

import importlib.metadata
import json
import platform
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

MATRIX = Path("book/data/matrix.json")  # from the root of the repository
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "matplotlib", "pydot", "networkx", "jupyter-book", "sphinx",
            "myst-nb", "nbgrader")

logger = logging.getLogger(__name__)
_ = get_translation("extensions")


def installed() -> dict[str, str]:
    """Return the versions of Python and of the packages that the book rests on, in the environment that runs this."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in PACKAGES}


def _table(head: list[str], rows: list[list[nodes.Node]]) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _column in head), cols=len(head))
    group += nodes.thead("", nodes.row("", *(nodes.entry("", nodes.paragraph("", name)) for name in head)))
    group += nodes.tbody("", *(nodes.row("", *(nodes.entry("", cell) for cell in row)) for row in rows))
    return nodes.table("", group, classes=["colwidths-auto"])


def _text(text: str) -> nodes.paragraph:
    return nodes.paragraph("", text)


class _FromMatrix(SphinxDirective):
    def matrix(self) -> dict[str, object]:
        """Return what `make matrix` wrote: empty, with a warning, where it was never run."""
        path = Path(self.env.srcdir) / MATRIX
        self.env.note_dependency(str(path))
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            logger.warning("%s does not exist; `make matrix` writes it", MATRIX, location=self.get_location())
        except ValueError as error:
            logger.warning("%s is no JSON (%s); `make matrix` writes it anew", MATRIX, error,
                           location=self.get_location())
        return {"environments": [], "chapters": {}}


class Versions(_FromMatrix):
    """A table of versions: of this build, and of the other environments that the chapters were executed in."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        self.env.note_reread()  # no file changes when the environment does
        here = installed()
        others = [environment for environment in self.matrix()["environments"] if environment["name"] != "pinned"]
        rows = [[_text(package), _text(version),
                 *(_text(other["versions"].get(package, "–")) for other in others)]
                for package, version in here.items()]
        head = [str(_("Package")), str(_("This build")), *(other["title"] for other in others)]
        return [_table(head, rows)]


class Matrix(_FromMatrix):
    """A table of the chapters: whether each ran, in each environment."""

    def run(self) -> list[nodes.Node]:
        """Return the table, or nothing where `make matrix` was never run."""
        matrix = self.matrix()
        names = [environment["name"] for environment in matrix["environments"]]
        head = [str(_("Chapter")), *map(_heading, matrix["environments"])]
        rows = [[self._chapter(chapter), *(_outcome(outcomes.get(name)) for name in names)]
                for chapter, outcomes in matrix["chapters"].items()]
        return [_table(head, rows)] if rows else []

    def _chapter(self, name: str) -> nodes.paragraph:
        link = addnodes.pending_xref("", nodes.inline("", ""), refdomain="std", reftype="doc", reftarget=name,
                                     refexplicit=False, refwarn=True, refdoc=self.env.docname)
        self.set_source_info(link)
        return nodes.paragraph("", "", link)


def _heading(environment: dict) -> str:
    versions = environment["versions"]
    return f"{environment['title']}: Keras {versions['keras']}, TensorFlow {versions['tensorflow']}"


def _outcome(error: str | None) -> nodes.paragraph:
    """Return the cell for what the table holds: None for a chapter that was not executed, "" for one that ran."""
    if error:
        return nodes.paragraph("", "", nodes.literal(error, error))
    return _text("–" if error is None else str(_("ran")))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_directive("versions", Versions)
    app.add_directive("matrix", Matrix)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
