"""The table of chapters and versions: what executes a notebook, and which rows are kept."""

import sys
from pathlib import Path

import matrix
import nbformat
import pytest
from nbformat import v4

HERE = {"name": "pinned", "title": "Pinned", "versions": {"keras": "3.15.1"}}


def notebook(folder: Path, source: str) -> Path:
    path = folder / "one.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source)]), path)
    return path


@pytest.mark.parametrize(("source", "error"), [
    ("1 + 1", ""),
    ("import numpy", ""),
    ("open('left.txt', 'w').write('x');", ""),
    ("1 / 0", "ZeroDivisionError: division by zero"),
    ("import autograder", "ImportError: autograder is not on Colab"),
    ("import ledger", "ModuleNotFoundError: No module named 'ledger'"),
    ("import os; os._exit(1)", "DeadKernelError: Kernel died"),
    ("import os; assert 'PYTHONPATH' not in os.environ", ""),
])
def test_a_notebook_runs_alone(tmp_path, monkeypatch, source, error):
    monkeypatch.setenv("PYTHONPATH", str(Path(matrix.__file__).parent))  # what a contributor may have set
    assert matrix.execute(Path(sys.executable), notebook(tmp_path, source)) == error
    assert [path.name for path in tmp_path.iterdir()] == ["one.ipynb"]


def test_an_environment_that_cannot_execute_says_why(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no module named nbclient' >&2; exit 1\n")
    broken.chmod(0o755)
    assert matrix.execute(broken, notebook(tmp_path, "1")) == "not executed: no module named nbclient"


def test_naming_chapters_renews_only_their_rows():
    old = {"environments": [HERE], "chapters": {"a": {"pinned": ""}, "b": {"pinned": "old"}, "gone": {"pinned": ""}}}
    new = matrix.renewed(old, [HERE], {"b": {"pinned": ""}}, ["a", "b"])
    assert new == {"environments": [HERE], "chapters": {"a": {"pinned": ""}, "b": {"pinned": ""}}}


def test_rows_of_other_versions_are_dropped():
    old = {"environments": [HERE | {"versions": {"keras": "3.14.0"}}], "chapters": {"a": {"pinned": ""}}}
    assert matrix.renewed(old, [HERE], {"b": {"pinned": ""}}, ["a", "b"])["chapters"] == {"b": {"pinned": ""}}


def test_no_python_for_colab_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(matrix, "PYTHONS", ("3.99",))
    monkeypatch.setattr(matrix, "COLAB", tmp_path / "venv")
    assert matrix.main([]) == 2
    said = capsys.readouterr().err
    assert said.startswith("The versions of Colab need Python 3.12 or 3.11") and said.count("\n") == 1
