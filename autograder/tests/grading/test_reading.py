import json

import nbformat
import pytest

from autograder.grading.reading import read_submission


def written(notebook):
    return json.dumps(notebook).encode()


def test_a_sound_notebook_comes_back_with_its_cells_text_and_marking(answered):
    notebook, reason = read_submission(written(answered))
    assert reason == ""
    assert [(cell.cell_type, cell.source, cell.id) for cell in notebook.cells] == [
        (cell.cell_type, cell.source, cell.id) for cell in answered.cells
    ]
    assert notebook.cells[4].metadata == answered.cells[4].metadata
    nbformat.validate(notebook)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b'{"cells": [', "JSON"),
        (b"\xff\xfe\x00not text", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "no notebook"),
        (b'{"cells": {}}', "no notebook"),
        (b'{"worksheets": 3, "nbformat": 3}', "old format"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(data, word):
    notebook, reason = read_submission(data)
    assert notebook.cells == []
    assert word in reason
    assert reason.endswith(".")


def test_editors_byte_order_marks_and_utf16_are_no_damage(answered):
    text = json.dumps(answered)
    for data in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        assert len(read_submission(data)[0].cells) == len(answered.cells)


def test_missing_invalid_and_duplicate_cell_ids_become_valid_unique_and_reproducible(answered):
    answered.cells[0].pop("id")
    answered.cells[1]["id"] = answered.cells[2].id
    answered.cells[3]["id"] = "no spaces allowed"
    once, again = (read_submission(written(answered))[0] for _time in range(2))
    ids = [cell.id for cell in once.cells]
    assert len(set(ids)) == len(ids)
    assert ids == [cell.id for cell in again.cells]
    assert once.cells[4].id == answered.cells[4].id
    nbformat.validate(once)


def test_whatever_stands_in_a_cell_the_notebook_becomes_valid():
    damaged = {
        "nbformat": 4,
        "metadata": {"language": 7, "kernelspec": {"name": 1}, "widgets": []},
        "cells": [
            None,
            "text",
            {},
            {"cell_type": "code", "source": ["a = 1\n", 5, "b = 2"], "outputs": "none", "metadata": []},
            {"cell_type": "code", "source": 3, "metadata": {"tags": [""], "collapsed": "yes", "nbgrader": "x"}},
            {"cell_type": "markdown", "source": "![](attachment:a.png)", "attachments": {"a.png": {"image/png": "A"}}},
            {"cell_type": "markdown", "source": "text", "attachments": [1]},
            {"cell_type": "heading", "source": "old"},
        ],
    }
    notebook, reason = read_submission(written(damaged))
    assert reason == ""
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == [
        "", "a = 1\nb = 2", "", "![](attachment:a.png)", "text", "old"]
    assert notebook.cells[3].attachments == {"a.png": {"image/png": "A"}}


def test_stored_outputs_and_tags_are_dropped(answered):
    answered.cells[4].outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "6.0"})]
    answered.cells[4].metadata["tags"] = ["skip-execution"]
    cell = read_submission(written(answered))[0].cells[4]
    assert cell.outputs == []
    assert "tags" not in cell.metadata


def test_format_3_is_upgraded_with_its_marking():
    code = {"cell_type": "code", "input": ["1"], "outputs": [], "language": "python", "collapsed": False,
            "metadata": {"nbgrader": {"grade_id": "first"}}}
    text = {"cell_type": "markdown", "source": ["text"], "metadata": {}}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""},
           "worksheets": [{"cells": [code, text], "metadata": {}}]}
    notebook, reason = read_submission(written(old))
    assert reason == ""
    assert [cell.source for cell in notebook.cells] == ["1", "text"]
    assert notebook.cells[0].metadata.nbgrader.grade_id == "first"
