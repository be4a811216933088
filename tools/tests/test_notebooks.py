"""Generated notebooks: drift is found and named, outputs are clean, chapters run once, and replaying them can fail."""

import copy
import json
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path

import execution
import nbformat
import notebooks
import pytest
from drawings import dot_text, is_drawing, number_nodes
from myst_markdown import read_notebook
from myst_nb.core.config import NbParserConfig
from myst_nb.core.execute import create_client
from nbformat import v4

ROOT = Path(__file__).resolve().parents[2]
GENERATED = [path for folder in ("book", "solutions", "exercises") for path in sorted((ROOT / folder).rglob("*.ipynb"))
             if ".ipynb_checkpoints" not in path.parts]
HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst, format_version: 0.13}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""
CHAPTER = HEADER + """(ch-mini)=
# A chapter

:::{note}
Text.
:::

```{code-cell} ipython3
---
tags: ["ledger:x", hide-input]
mystnb: {figure: {name: fig-x, caption: "What to see"}, image: {alt: "in words"}}
---
import sys
print("one", flush=True)
print("noise of the platform", file=sys.stderr)
print("two")
```

```{code-cell} ipython3
40 + 2
```
"""
SOLUTION = HEADER + """# Mini

```{code-cell} ipython3
---
nbgrader: {grade: false, grade_id: answer, locked: false, schema_version: 3, solution: true, task: false}
---
### BEGIN SOLUTION
answer = 42
### END SOLUTION
```
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small repository whose notebooks were generated; the tests work on copies."""
    root = tmp_path_factory.mktemp("repository")
    for folder in ("book/_ext", "solutions/mini"):
        (root / folder).mkdir(parents=True)
    for name in ("_config.yml", "nbgrader_config.py", "book/_ext/ledger.py"):
        shutil.copy(ROOT / name, root / name)
    (root / "book/index.md").write_text("# Welcome\n")
    (root / "book/01_mini.md").write_text(CHAPTER)
    (root / "solutions/mini/mini.md").write_text(SOLUTION)
    assert notebooks.regenerate(root) == 0
    return root


@pytest.fixture
def repository(finished, tmp_path, monkeypatch):
    # nbgrader takes seconds and gives the same for the same solutions.
    exercise = Path("exercises/mini/mini.ipynb")
    made = {exercise: (finished / exercise).read_bytes()}
    monkeypatch.setattr(notebooks, "release", lambda root, solutions: made)
    return shutil.copytree(finished, tmp_path / "repository")


def forbid_execution(monkeypatch):
    def refuse(*arguments, **settings):
        raise AssertionError("a chapter was executed again")
    monkeypatch.setattr(execution, "single_nb_execution", refuse)
    monkeypatch.setattr("myst_nb.core.execute.cache.single_nb_execution", refuse)


def change(path, edit):
    notebook = json.loads(path.read_text())
    edit(notebook)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


# --- what is generated ------------------------------------------------------------------------------------------------

def test_a_chapter_becomes_plain_cells_with_clean_outputs(finished):
    notebook = nbformat.read(finished / "book/01_mini.ipynb", as_version=4)
    text, code, caption, last = notebook.cells
    assert text.source == "# A chapter\n\n> **Note**\n>\n> Text."
    assert code.metadata == {"tags": ["hide-input"]}
    assert code.outputs == [{"output_type": "stream", "name": "stdout", "text": "one\ntwo\n"}]
    assert caption.source.startswith("_Fig. 1: What to see_")
    assert last.outputs[0].data == {"text/plain": "42"}
    assert [cell.id for cell in notebook.cells] == ["cell-1", "cell-2", "cell-3", "cell-4"]
    assert notebook.metadata == {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                                 "language_info": {"name": "python"}}
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_an_assignment_becomes_a_solution_without_outputs_and_an_exercise(finished):
    solution = nbformat.read(finished / "solutions/mini/mini.ipynb", as_version=4)
    exercise = nbformat.read(finished / "exercises/mini/mini.ipynb", as_version=4)
    assert "answer = 42" in solution.cells[1].source
    assert "answer = 42" not in exercise.cells[1].source
    assert not solution.cells[1].outputs


def test_generating_again_executes_nothing_and_changes_no_byte(repository, monkeypatch, capsys):
    before = {path: path.read_bytes() for path in repository.rglob("*.ipynb")}
    forbid_execution(monkeypatch)
    assert notebooks.regenerate(repository) == 0
    assert {path: path.read_bytes() for path in repository.rglob("*.ipynb")} == before
    assert capsys.readouterr().out == ""


def test_executing_again_changes_no_byte(repository):
    before = (repository / "book/01_mini.ipynb").read_bytes()
    shutil.rmtree(repository / "_build")
    (repository / "book/01_mini.ipynb").unlink()
    assert notebooks.regenerate(repository) == 0
    assert (repository / "book/01_mini.ipynb").read_bytes() == before


def test_the_book_build_finds_the_chapter_executed(repository, monkeypatch):
    forbid_execution(monkeypatch)
    source = repository / "book/01_mini.md"
    settings = NbParserConfig(execution_mode="cache", execution_cache_path=str(repository / execution.CACHE))
    with create_client(read_notebook(source), str(source), settings, logging.getLogger("test")) as client:
        assert client.notebook.cells[-1].outputs[0].data["text/plain"] == "42"


def test_chapters_are_executed_side_by_side_each_in_a_kernel_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "_config.yml").write_text("execute: {run_in_temp: true, timeout: 60}")
    (tmp_path / "book").mkdir()
    for name in ("one", "two", "three"):
        (tmp_path / "book" / f"{name}.md").write_text(CHAPTER.replace("40 + 2", repr(name)))
    chapters = [(path, read_notebook(path)) for path in sorted((tmp_path / "book").glob("*.md"))]
    execution.fill_cache(tmp_path, chapters, jobs=2)
    forbid_execution(monkeypatch)
    shown = [execution.executed(tmp_path, *chapter).cells[-1].outputs[0].data["text/plain"] for chapter in chapters]
    assert shown == ["'one'", "'three'", "'two'"]


def test_a_chapter_that_fails_is_named_with_its_error(repository, capsys, monkeypatch):
    (repository / "book/01_mini.md").write_text(CHAPTER.replace("40 + 2", "40 / 0"))
    monkeypatch.setattr(notebooks, "ROOT", repository)
    assert notebooks.main([]) == 1
    assert "book/01_mini.md does not run: ZeroDivisionError: division by zero" in capsys.readouterr().err


# --- drift ------------------------------------------------------------------------------------------------------------

def test_nothing_has_drifted(finished, monkeypatch, capsys):
    forbid_execution(monkeypatch)
    assert notebooks.check(finished) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("where", "edit", "says"), [
    ("book/01_mini.ipynb", lambda nb: nb["cells"][0].update(source="# Another"), "01_mini.ipynb: cell 1: source"),
    ("book/01_mini.ipynb", lambda nb: nb["cells"][1].update(source="print(2)"), "01_mini.ipynb: cell 2: source"),
    ("book/01_mini.ipynb", lambda nb: nb["cells"][1]["metadata"].update(tags=[]), "cell 2: metadata"),
    ("book/01_mini.ipynb", lambda nb: nb["cells"][2].update(id="f00d"), "cell 3: id"),
    ("book/01_mini.ipynb", lambda nb: nb["cells"].pop(0), "01_mini.ipynb: cell 1: cell_type"),
    ("book/01_mini.ipynb", lambda nb: nb["metadata"].update(colab={}), "metadata has"),
    ("book/01_mini.ipynb", lambda nb: nb["metadata"]["language_info"].update(version="3.11"), "metadata has"),
    ("book/01_mini.ipynb", lambda nb: nb["cells"][1]["outputs"].append(
        {"output_type": "stream", "name": "stderr", "text": "W0000"}), "cell 2: outputs"),
    ("book/01_mini.ipynb", lambda nb: [cell.update(outputs=[]) for cell in nb["cells"] if "outputs" in cell],
     "holds no outputs"),
    ("book/01_mini.ipynb", lambda nb: nb["cells"][3].update(execution_count=None), "holds no outputs"),
    ("solutions/mini/mini.ipynb", lambda nb: nb["cells"][1].update(source="answer = 43"), "mini.ipynb: cell 2: source"),
    ("solutions/mini/mini.ipynb", lambda nb: nb["cells"][1].update(execution_count=1), "execution_count"),
    ("exercises/mini/mini.ipynb", lambda nb: nb["cells"][1]["metadata"]["nbgrader"].update(checksum="0"), "metadata"),
])
def test_drift_is_found_and_named(repository, capsys, where, edit, says):
    change(repository / where, edit)
    assert notebooks.check(repository) == 1
    message = capsys.readouterr().err
    assert says in message
    assert "`make notebooks`" in message


def test_an_edited_source_is_drift(repository, capsys):
    source = repository / "book/01_mini.md"
    source.write_text(source.read_text().replace("40 + 2", "40 + 3"))
    assert notebooks.check(repository) == 1
    assert 'book/01_mini.ipynb: cell 4: source has "40 + 2" where it should have "40 + 3"' in capsys.readouterr().err


def test_layout_is_compared_too(repository, capsys):
    path = repository / "solutions/mini/mini.ipynb"
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert notebooks.check(repository) == 1
    assert "solutions/mini/mini.ipynb: is formatted differently" in capsys.readouterr().err


def test_missing_broken_and_orphaned_files_are_named(repository, capsys):
    (repository / "exercises/mini/mini.ipynb").unlink()
    (repository / "solutions/mini/mini.ipynb").write_text("{")
    (repository / "exercises/mini/leftover.csv").write_text("1")
    (repository / "book/09_gone.ipynb").write_text("{}")
    assert notebooks.check(repository) == 1
    message = capsys.readouterr().err
    assert "exercises/mini/mini.ipynb: is missing" in message
    assert "solutions/mini/mini.ipynb: is no notebook" in message
    assert "exercises/mini/leftover.csv: has no source" in message
    assert "book/09_gone.ipynb: has no source" in message


def test_generating_mends_all_of_it(repository, monkeypatch):
    (repository / "exercises/mini/mini.ipynb").unlink()
    (repository / "exercises/mini/leftover.csv").write_text("1")
    change(repository / "book/01_mini.ipynb", lambda nb: nb["cells"].pop())
    forbid_execution(monkeypatch)
    assert notebooks.regenerate(repository) == 0
    assert notebooks.check(repository) == 0


# --- the notebooks of the repository ----------------------------------------------------------------------------------

# Looked for in the text itself, not by the parser that generated it. A generated text has no reason to show MyST.
RAW_MYST = re.compile(r"""
      \{[a-z][a-z:]*\}`                     # a role
    | ^[\s>]*(?:[-*]\s)?(?:`{3,}|~{3,})\{   # a directive in backticks
    | ^[\s>]*(?:[-*]\s)?:{3,}               # a directive in colons
    | ^[\s>]*\([\w-]+\)=\s*$                # a label
    | ^%\s                                  # a comment
    | ^\+\+\+                               # a block break
    | \{\{\s*\w+\s*\}\}                     # a substitution
""", re.MULTILINE | re.VERBOSE)


def raw_myst(notebook):
    return [found[0] for cell in notebook["cells"] if cell["cell_type"] == "markdown"
            for found in RAW_MYST.finditer("".join(cell["source"]))]


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_notebook_shows_raw_myst(path):
    assert raw_myst(json.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("text", [
    "see {ref}`ch-x`", "{cite:p}`x`", ":::{note}\nx\n:::", "```{figure} x\n```", "> :::{tip}", "- ```{note}\n  ```",
    "(ch-x)=\n# X", "% comment", '+++ {"a": 1}', "{{ name }}", "   :::"])
def test_raw_myst_would_be_seen(text):
    assert raw_myst({"cells": [{"cell_type": "markdown", "source": text}]})


def test_there_are_notebooks_of_each_kind():
    assert {path.relative_to(ROOT).parts[0] for path in GENERATED} == {"book", "solutions", "exercises"}


@pytest.mark.parametrize("path", [path for path in GENERATED if path.parent.name == "book"], ids=lambda path: path.name)
def test_chapters_hold_outputs_without_traces_of_the_run(path):
    assert notebooks.holds_outputs(path)
    for cell in nbformat.read(path, as_version=4).cells:
        outputs = json.dumps(cell.get("outputs", []))
        assert not re.search(r"\b0x[0-9a-f]{6,}|<title>\d{6,}|ipykernel_\d+", outputs)


# --- cleaning ---------------------------------------------------------------------------------------------------------

def test_streams_are_joined_as_far_as_nothing_stands_between_them():
    def said(text, name="stdout"):
        return v4.new_output("stream", name=name, text=text)

    shown = v4.new_output("display_data", {"text/plain": "x"})
    cleaned = list(notebooks.clean([said("a"), said("!", "stderr"), said("b"), shown, said("c")]))
    assert [output.get("text", "-") for output in cleaned] == ["ab", "-", "c"]


def test_an_error_that_is_shown_keeps_its_message_only():
    error = v4.new_output("error", ename="ValueError", evalue="no", traceback=["\x1b[31mipykernel_7/1.py\x1b[0m"])
    assert next(notebooks.clean([error])).traceback == ["ValueError: no"]


# --- drawings ---------------------------------------------------------------------------------------------------------

def drawing(names, labels, edges, at=0, font="Helvetica"):
    """An SVG as Graphviz writes it; `at` moves it."""
    nodes = "".join(f'<!-- {name} --><g id="node{n}" class="node"><title>{name}</title>'
                    f'<polygon points="{at},{n * 40}"/>'
                    + "".join(f'<text x="{at}" font-family="{font}">{text}</text>' for text in label) + "</g>"
                    for n, (name, label) in enumerate(zip(names, labels, strict=True), 1))
    arrows = "".join(f'<!-- {names[a]}&#45;&gt;{names[b]} --><g id="edge{n}" class="edge">'
                     f"<title>{names[a]}&#45;&gt;{names[b]}</title><path d=\"M{at}\"/></g>"
                     for n, (a, b) in enumerate(edges, 1))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{90 + at}pt"><g id="graph0" class="graph">'
            f"<title>G</title>{nodes}{arrows}</g></svg>")


LABELS = [["x", "(None, 4)"], ["dense", "(None, 3)"], ["add", "(None, 3)"]]
ONE = drawing([140001, 140007, 140003], LABELS, [(0, 1), (1, 2), (0, 2)])


def test_drawings_of_one_graph_have_one_dot_text():
    other = drawing([99000009, 99000001, 99000005], LABELS, [(0, 2), (0, 1), (1, 2)], at=7, font="Arial")
    assert is_drawing(ONE)
    assert dot_text(ONE) == dot_text(other) == "\n".join([
        'node 1 ["x", "(None, 4)"]', 'node 2 ["dense", "(None, 3)"]', 'node 3 ["add", "(None, 3)"]',
        "1 -> 2 []", "1 -> 3 []", "2 -> 3 []"])


@pytest.mark.parametrize("other", [
    drawing([1, 2, 3], LABELS, [(0, 1), (1, 2)]),                                 # an edge less
    drawing([1, 2, 3], LABELS, [(0, 1), (1, 2), (1, 2)]),                         # another edge
    drawing([1, 2, 3], LABELS, [(0, 1), (1, 2), (2, 0)]),                         # turned round
    drawing([1, 2, 3], [*LABELS[:2], ["add", "(None, 5)"]], [(0, 1), (1, 2), (0, 2)]),  # another shape
    drawing([1, 2, 3, 4], [*LABELS, ["y"]], [(0, 1), (1, 2), (0, 2)]),            # a node more
])
def test_drawings_of_different_graphs_differ(other):
    assert dot_text(ONE) != dot_text(other)


def test_nodes_are_numbered_in_titles_and_comments_only():
    numbered = number_nodes(drawing([140001, 140007, 140003], [["140001 units"], *LABELS[1:]], [(0, 1), (1, 2)]))
    assert re.findall(r"<title>(.*?)</title>", numbered) == ["G", "1", "2", "3", "1&#45;&gt;2", "2&#45;&gt;3"]
    assert "140001 units" in numbered
    assert "140007" not in numbered


# --- replaying --------------------------------------------------------------------------------------------------------

REPLAYED = ["""from IPython.display import HTML, display
display(HTML("<pre>dense (Dense) │ (None, 32) │ 2,080</pre>"))
print("Total params: 3,466")""",
            """accuracy = 0.95
assert accuracy > 0.9
print("accuracy above 90 %")""",
            """import pydot, sys
from IPython.display import SVG
print("noise", file=sys.stderr)
x, dense, join = map(str, (id(object), id(int), id(str)))
dot = pydot.Dot()
for name, label in ((x, "x"), (dense, "dense"), (join, "add")):
    dot.add_node(pydot.Node(name, label=label, shape="record"))
for edge in ((x, dense), (dense, join), (x, join)):
    dot.add_edge(pydot.Edge(*edge))
SVG(dot.create_svg())"""]
STALE = {  # what a stored output says differently from what the code gives: the test that must fail
    "shape": ("(None, 32)", "(None, 33)", 0),
    "count": ("3,466", "3,467", 0),
    "claim": ("above 90 %", "above 95 %", 1),
    "edge": ("<title>1-&gt;3</title>", "<title>2-&gt;3</title>", 2),
    "label": (">dense<", ">tense<", 2),
    "geometry": ('width="', 'width="1', None),
    "font": ("font-family=\"", "font-family=\"X", None),
    "nothing": ("", "", None),
}


@pytest.fixture(scope="module")
def replay(tmp_path_factory):
    """The outcome of `pytest --nbval` on notebooks with one stale output each: {(name, cell): passed}."""
    book = tmp_path_factory.mktemp("replay") / "book"
    book.mkdir()
    shutil.copy(ROOT / "book/conftest.py", book)
    (book.parent / "tools").symlink_to(ROOT / "tools")
    chapter = v4.new_notebook(cells=[v4.new_code_cell(source) for source in REPLAYED],
                              metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    execution.single_nb_execution(chapter, cwd=str(book), timeout=60, allow_errors=False)
    for cell in chapter.cells:
        cell.outputs = list(notebooks.clean(cell.outputs))
    for name, texts in STALE.items():
        # In the outputs alone: changed code would print what it now says.
        old, new = (json.dumps(text, ensure_ascii=False)[1:-1] for text in texts[:2])
        stale = copy.deepcopy(chapter)
        outputs = [json.dumps(cell.outputs, ensure_ascii=False) for cell in stale.cells]
        assert any(old in text for text in outputs), name
        for cell, text in zip(stale.cells, outputs, strict=True):
            cell.outputs = nbformat.from_dict(json.loads(text.replace(old, new)))
        nbformat.write(stale, book / f"{name}.ipynb")
    done = subprocess.run([sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-rA", "-p",
                           "no:cacheprovider", "--rootdir", book.parent, *sorted(book.glob("*.ipynb"))],
                          cwd=book.parent, capture_output=True, text=True)
    outcomes = re.findall(r"^(PASSED|FAILED) book/(\w+)\.ipynb::Cell (\d)", done.stdout, re.MULTILINE)
    assert len(outcomes) == len(STALE) * len(REPLAYED), done.stdout
    return {(name, int(cell)): outcome == "PASSED" for outcome, name, cell in outcomes}


@pytest.mark.parametrize("name", STALE)
def test_a_stale_output_turns_its_cell_red_and_no_other(replay, name):
    expected = [cell != STALE[name][2] for cell in range(len(REPLAYED))]
    assert [replay[name, cell] for cell in range(len(REPLAYED))] == expected
