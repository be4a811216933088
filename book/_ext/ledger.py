"""The role {ledger}`ID.field`: a number of a documented model, taken from the ledger instead of typed.

Fields: `params` and `trainable` (thousands separated by commas), `inputs` and `outputs` (shapes, a free axis is
None: `(None, 64, 64, 512)`), `formula` (the sum that gives `params`), `title`. An id or a field that the ledger does
not have is a warning that names those it has, so a build with -W fails. A page that cites the ledger is read again when
the ledger changes.
"""

import difflib
import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

LEDGER = Path("autograder/data/ledger.json")  # from the root of the repository, where _config.yml stands

Entry = dict[str, object]
logger = logging.getLogger(__name__)


def _count(value: int) -> str:
    return f"{value:,}"


def _shapes(shapes: list[list[int | None]]) -> str:
    return ", ".join(str(tuple(shape)) for shape in shapes)


def _sum(formula: str) -> str:
    return formula.replace("**", "^").replace(" * ", "·").replace("*", "·")


FIELDS = {"params": _count, "trainable": _count, "inputs": _shapes, "outputs": _shapes, "formula": _sum, "title": str}
AS_CODE = ("inputs", "outputs", "formula")


def lookup(ledger: dict[str, Entry], citation: str) -> str:
    """Return the text that `ID.field` stands for. Raises LookupError, with a sentence that names what there is."""
    identity, _, field = citation.strip().rpartition(".")
    if field not in FIELDS:
        raise LookupError(f"the ledger role has no field {field!r} in {citation!r}; write ID.field with one of the "
                          f"fields {', '.join(FIELDS)}")
    if identity not in ledger:
        near = difflib.get_close_matches(identity, ledger, n=5, cutoff=0.5)
        known = f"near it are {', '.join(near)}" if near else f"it has {', '.join(sorted(ledger)) or 'none'}"
        raise LookupError(f"the ledger has no model {identity!r}; {known}")
    return FIELDS[field](ledger[identity][field])


class LedgerRole(SphinxRole):
    """Replaces `ID.field` by the ledger's value; shapes and sums are set as code."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the value as a node, or the citation itself, marked as a problem, with a warning."""
        path = Path(self.env.srcdir) / LEDGER
        self.env.note_dependency(str(path))
        try:
            text = lookup(_read(path), self.text)
        except LookupError as error:
            logger.warning("%s", error.args[0], location=self.get_location(), type="ledger")
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        if self.text.strip().rpartition(".")[2] in AS_CODE:
            return [nodes.literal(text, text)], []
        return [nodes.Text(text)], []


def _read(path: Path) -> dict[str, Entry]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LookupError(f"{LEDGER} does not exist; `make notebooks` writes it") from None
    except ValueError as error:
        raise LookupError(f"{LEDGER} is no JSON ({error}); `make notebooks` writes it anew") from None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_role("ledger", LedgerRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
