"""The ledger in the book: the role {ledger}`ID.field`, and the directive {ledger-table} with all models.

The role is a number of a documented model, taken from the ledger instead of typed.

Fields: `params` and `trainable` (thousands separated by commas), `inputs` and `outputs` (shapes, a free axis is
None: `(None, 64, 64, 512)`), `formula` (the sum that gives `params`), `title`. An id or a field that the ledger does
not have is a warning that names those it has, so a build with -W fails. A page that cites the ledger is read again when
the ledger changes.

The table has one row for each model, in the order of the chapters, and a narrow screen shows each row as a card
(book.css); each cell therefore carries its column's name. Long sums are folded.
"""

import difflib
import json
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

LEDGER = Path("autograder/data/ledger.json")  # from the root of the repository, where _config.yml stands

Entry = dict[str, object]
logger = logging.getLogger(__name__)
_ = get_translation("extensions")
SHORT = 45  # characters of a sum that is shown unfolded


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


class LedgerTable(SphinxDirective):
    """A table of all documented models: shapes, counts, sums, sources; titles lead to the chapters."""

    def run(self) -> list[nodes.Node]:
        """Return the table, or nothing, with a warning, where there is no ledger."""
        path = Path(self.env.srcdir) / LEDGER
        self.env.note_dependency(str(path))
        try:
            ledger = _read(path)
        except LookupError as error:
            logger.warning("%s", error.args[0], location=self.get_location(), type="ledger")
            return []
        columns = {str(name): width for name, width in (
            (_("Model"), 36), (_("Inputs"), 20), (_("Outputs"), 20), (_("Parameters"), 16), (_("Sources"), 8))}
        group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in columns.values()), cols=len(columns))
        head = nodes.row("", *(nodes.entry("", nodes.paragraph("", name)) for name in columns))
        group += nodes.thead("", head)
        models = sorted(ledger.items(), key=lambda model: model[1]["chapter"])
        group += nodes.tbody("", *(self._row(identity, entry, list(columns)) for identity, entry in models))
        return [nodes.table("", group, classes=["ledger"])]

    def _row(self, identity: str, entry: Entry, columns: list[str]) -> nodes.row:
        cells = [self._model(identity, entry), _lines(entry["inputs"]), _lines(entry["outputs"]), _counts(entry),
                 [nodes.paragraph("", ", ".join(entry["sources"]))]]
        row = nodes.row()
        for number, (name, cell) in enumerate(zip(columns, cells, strict=True)):
            # The card's heading needs no name above it.
            label = [nodes.paragraph("", name, classes=["ledger-label"])] if number else []
            row += nodes.entry("", *label, *cell)
        return row

    def _model(self, identity: str, entry: Entry) -> list[nodes.Node]:
        title = nodes.inline("", entry["title"])
        link = addnodes.pending_xref("", title, refdomain="std", reftype="doc", reftarget=entry["chapter"],
                                     refexplicit=True, refwarn=True, refdoc=self.env.docname)
        self.set_source_info(link)
        formula = FIELDS["formula"](entry["formula"])
        total = nodes.paragraph("", "", nodes.literal(formula, formula), classes=["ledger-sum"])
        fold = [total] if len(formula) <= SHORT else [
            nodes.raw("", f"<details><summary>{_('The sum')}</summary>", format="html"), total,
            nodes.raw("", "</details>", format="html")]
        return [nodes.paragraph("", "", link), nodes.paragraph("", "", nodes.literal(identity, identity)), *fold]


def _lines(shapes: list[list[int | None]]) -> list[nodes.Node]:
    texts = [_shapes([shape]) for shape in shapes]
    return [nodes.paragraph("", "", nodes.literal(text, text)) for text in texts]


def _counts(entry: Entry) -> list[nodes.Node]:
    """Return the number of parameters, and that of the trainable ones where some are not."""
    counts = [nodes.paragraph("", _count(entry["params"]))]
    if entry["trainable"] != entry["params"]:
        counts.append(nodes.paragraph("", str(_("%s of them trainable")) % _count(entry["trainable"])))
    return counts


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
    app.add_directive("ledger-table", LedgerTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
