"""A submitted notebook as it really comes, read into one that every later step can rely on.

nbformat reads what is well formed; a cohort also holds broken JSON, old formats, files saved by Colab (format 4.0,
no cell ids, its own metadata) and files mended by hand. Reading never fails: where nothing can be read, it says why.
"""

import json
import re

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import v4

from autograder.grading.record import KEY
from autograder.messages import _

CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # nbformat 4.5
RESOURCE = "unreadable"  # where the exporter leaves the reason for Repair


def read_submission(data: bytes) -> tuple[nbformat.NotebookNode, str]:
    """Return the notebook in `data` and "", or an empty notebook and a sentence that says why it cannot be read.

    The notebook has format 4.5 with valid, unique, reproducible cell ids. It keeps cells, their text and nbgrader's
    marking. Stored outputs are dropped, since grading runs the cells and trusts nothing that was saved; so is all other
    metadata (Colab's, tags, widgets), which nothing needs and a grader can stumble over.
    """
    try:
        cells, metadata = _parse(data)
    except _Unreadable as error:
        return v4.new_notebook(), str(error)
    notebook = v4.new_notebook(metadata=nbformat.from_dict(_clean_metadata(metadata)))
    notebook.cells = [cell for cell in map(_clean_cell, cells) if cell]
    number_cells(notebook)
    return notebook, ""


def number_cells(notebook) -> None:
    """Give each cell without a valid id of its own the next free number; ids that are valid and unique stay."""
    taken, unnamed = set(), []
    for cell in notebook.cells:
        identity = cell.get("id")
        if isinstance(identity, str) and CELL_ID.fullmatch(identity) and identity not in taken:
            taken.add(identity)
        else:
            unnamed.append(cell)
    numbers = (f"cell-{number}" for number in range(1, len(notebook.cells) + len(taken) + 1))
    free = (name for name in numbers if name not in taken)
    for cell in unnamed:
        cell["id"] = next(free)


class SubmissionExporter(NotebookExporter):
    """nbgrader's way of reading a notebook for autograding, made to read every submission."""

    def from_file(self, file_stream, resources=None, **options):
        """Read the file, or leave the reason why it cannot be read among the resources, for Repair to find."""
        notebook, reason = read_submission(file_stream.buffer.read())
        if reason:
            resources[RESOURCE] = reason
        return self.from_notebook_node(notebook, resources=resources, **options)


class _Unreadable(ValueError):
    """The file is no notebook; the message is for people."""


def _parse(data: bytes) -> tuple[list, dict]:
    if not data.strip():
        raise _Unreadable(_("The notebook file is empty."))
    try:
        content = json.loads(data)  # finds UTF-8, UTF-16 and UTF-32 by itself, with or without a byte order mark
    except (ValueError, RecursionError):
        raise _Unreadable(_("The notebook file is damaged: it is not valid JSON.")) from None
    if isinstance(content, dict) and "worksheets" in content and "cells" not in content:
        content = _upgrade(content)
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise _Unreadable(_("The file is valid JSON, but it is no notebook: it has no list of cells."))
    metadata = content.get("metadata")
    return content["cells"], metadata if isinstance(metadata, dict) else {}


def _upgrade(content: dict) -> dict:
    """Turn a notebook of format 3 (IPython, before 2015) into format 4."""
    try:
        return nbformat.reads(json.dumps(content), as_version=4)
    except Exception:  # noqa: BLE001 - nbformat raises whatever its upgrade stumbles over
        raise _Unreadable(_("The notebook has an old format that cannot be converted.")) from None


def _clean_metadata(metadata: dict) -> dict:
    """Keep the kernel's name and, in a notebook on its way through the grader, the record."""
    clean = {}
    kernel = metadata.get("kernelspec")
    if isinstance(kernel, dict) and all(isinstance(kernel.get(key), str) for key in ("name", "display_name")):
        clean["kernelspec"] = kernel
    if isinstance(metadata.get(KEY), dict):
        clean[KEY] = metadata[KEY]
    return clean


def _clean_cell(cell) -> nbformat.NotebookNode | None:
    """Return the cell with what nbformat 4.5 allows and grading needs, or None where there is no cell."""
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    clean = {"source": source if isinstance(source, str) else "", "id": cell.get("id"), "metadata": {}}
    metadata = cell.get("metadata")
    if isinstance(metadata, dict):
        kept = {"nbgrader": dict, "deletable": bool, "editable": bool}
        clean["metadata"] = {key: metadata[key] for key in kept if isinstance(metadata.get(key), kept[key])}
    match cell.get("cell_type"):
        case "code":
            clean |= {"cell_type": "code", "execution_count": None, "outputs": []}
        case "markdown":
            clean |= {"cell_type": "markdown"}
        case _:
            clean |= {"cell_type": "raw"}
    attachments = cell.get("attachments")  # pictures in a free-text answer
    if clean["cell_type"] != "code" and _are_attachments(attachments):
        clean["attachments"] = attachments
    return nbformat.from_dict(clean)


def _are_attachments(attachments) -> bool:
    return isinstance(attachments, dict) and all(
        isinstance(bundle, dict) and all(isinstance(data, str) for data in bundle.values())
        for bundle in attachments.values()
    )
