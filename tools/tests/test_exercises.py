"""Exercises: nothing of a solution or of a hidden case reaches any file that students get."""

import ast
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from autograder.tasks import is_released
from exercises import ReleaseError, release

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = sorted(path.name for path in (ROOT / "solutions").iterdir() if list(path.glob("*.ipynb")))
RELEASED = [name for name in ASSIGNMENTS if is_released(ROOT / "solutions" / name)]
MARKS = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)|END (SOLUTION|HIDDEN TESTS|MARK SCHEME)")


# --- what must not leave ----------------------------------------------------------------------------------------------

def secrets(folder):
    """Every line that students must not see, from an assignment's folder in solutions/."""
    for path in sorted(folder.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            yield from filter(_tells, (line.strip() for line in _kept_back(cell)))
    for path in sorted(folder.rglob("hidden*.json")):
        yield from set(_telling_values(json.loads(path.read_text(encoding="utf-8"))))


def _kept_back(cell):
    """The lines of a cell between marks, or all of them where a whole cell is the answer."""
    lines = cell.source.split("\n")
    if not MARKS.search(cell.source):
        return lines if cell.metadata.get("nbgrader", {}).get("solution") else []
    inside, kept = False, []
    for line in lines:
        if mark := MARKS.search(line):
            inside = mark[0].startswith("BEGIN")
        elif inside:
            kept.append(line)
    return kept


def _telling_values(value):
    """Counts, formulas and results of a hidden reference. What single layers have stands everywhere."""
    if isinstance(value, dict):
        value = [item for key, item in value.items() if key != "graph"]
    if isinstance(value, list):
        for item in value:
            yield from _telling_values(item)
    elif isinstance(value, int) and value >= 10_000:
        yield from (str(value), f"{value:,}")
    elif isinstance(value, float) and len(repr(value)) >= 8:
        yield repr(value)
    elif isinstance(value, str) and re.search(r"\d", value) and not value.isidentifier():
        yield value


def _tells(line):
    return len(line) >= 8  # what is shorter, a bracket or `return x`, gives nothing away


def leaks(secret, folder):
    """Files below a folder that hold a secret, as it is or as JSON spells it."""
    spelled = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return [path for path in sorted(folder.rglob("*")) if path.is_file()
            and any(form.encode() in path.read_bytes() for form in spelled)]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_line_of_a_solution_reaches_any_exercise(assignment):
    found = {secret: leaks(secret, ROOT / "exercises") for secret in secrets(ROOT / "solutions" / assignment)}
    assert found, "no solution was looked for"
    assert {secret: files for secret, files in found.items() if files} == {}


# Files that students need beside a notebook, by their path below exercises/. Anything else there is a leak.
MATERIALS: set[str] = set()


def test_only_notebooks_and_named_materials_are_handed_out():
    solutions = {path.relative_to(ROOT / "solutions").as_posix() for path in (ROOT / "solutions").glob("*/*.ipynb")
                 if path.parent.name in RELEASED}
    handed_out = {path.relative_to(ROOT / "exercises").as_posix() for path in (ROOT / "exercises").rglob("*")
                  if path.is_file() and ".ipynb_checkpoints" not in path.parts}
    assert handed_out == solutions | MATERIALS


@pytest.mark.parametrize("assignment", RELEASED)
def test_exercises_hold_no_outputs(assignment):
    for path in (ROOT / "exercises" / assignment).rglob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            assert cell.cell_type != "code" or (cell.outputs, cell.execution_count) == ([], None)


@pytest.mark.parametrize("assignment", RELEASED)
def test_an_exercise_equals_its_solution_except_where_students_write(assignment):
    for path in (ROOT / "solutions" / assignment).glob("*.ipynb"):
        solution = nbformat.read(path, as_version=4).cells
        exercise = nbformat.read(ROOT / "exercises" / assignment / path.name, as_version=4).cells
        for given, left in zip(solution, exercise, strict=True):
            kept_back = _kept_back(given)
            public = [line for line in given.source.split("\n") if line not in kept_back and not MARKS.search(line)]
            shown = left.source.split("\n")
            assert [line for line in shown if line in public] == public
            if not kept_back:
                assert shown == public
            if left.cell_type == "code":
                ast.parse(left.source)  # an untouched exercise runs


# --- a small course, and every way in which something could leave it --------------------------------------------------

def cell(kind, source, **nbgrader):
    made = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}[kind](source)
    if nbgrader:
        settings = {"schema_version": 3, "grade": False, "locked": False, "solution": False, "task": False}
        made.metadata["nbgrader"] = settings | nbgrader
    return made


CELLS = [
    cell("markdown", "Write `double`."),
    cell("code", 'def double(x):\n    """Return twice x."""\n    ### BEGIN SOLUTION\n    secret_sum = x + x\n'
                 "    return secret_sum\n    ### END SOLUTION", grade_id="a", solution=True),
    cell("code", "assert double(1) == 2\n### BEGIN HIDDEN TESTS\nassert double(21) == 42\n### END HIDDEN TESTS",
         grade_id="b", grade=True, locked=True, points=2),
    cell("code", "whole_cell_answer = 1", grade_id="c", solution=True),
    cell("markdown", "The model answer.\n\nIn two paragraphs, \"quoted\".", grade_id="d", grade=True, solution=True,
         points=1),
]


def course(folder, cells=CELLS):
    """Make a course of one assignment; return what `release` takes."""
    (folder / "solutions/mini").mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name, text in {"mini.md": "secret_sum = x + x", "task.toml": "seed = 'secret'", "data.csv": "a,b\n1,2\n",
                       "variants.py": "secret_sum = 2 * x",
                       "hidden_cases.json": '{"parameters": 1234567, "shape": [16, 16], '
                                            '"hash": "sha256:0f3a", "result": [0.1234567]}',
                       ".note": "secret", "pictures/one.txt": "a picture"}.items():
        (folder / "solutions/mini" / name).parent.mkdir(exist_ok=True)
        (folder / "solutions/mini" / name).write_text(text)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    cells[1]["outputs"] = [nbformat.v4.new_output("stream", name="stdout", text="an output")]
    text = nbformat.writes(notebook)
    (folder / "solutions/mini/mini.ipynb").write_text(text)
    return {Path("solutions/mini/mini.ipynb"): text.encode()}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    files = release(folder, course(folder))
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder, files


def test_a_release_holds_the_notebook_and_its_materials(released):
    assert sorted(map(str, released[1])) == ["exercises/mini/data.csv", "exercises/mini/mini.ipynb",
                                            "exercises/mini/pictures/one.txt"]


def test_an_assignment_that_says_so_is_not_released(tmp_path):
    solutions = course(tmp_path)
    (tmp_path / "solutions/mini/task.toml").write_text("released = false\n")
    assert release(tmp_path, solutions) == {}


def test_a_release_touches_nothing_of_the_course(released):
    folder, _ = released
    assert not list(folder.glob("*.db"))
    assert "secret_sum" in (folder / "solutions/mini/mini.ipynb").read_text()


def test_students_find_stubs_that_run(released):
    cells = nbformat.reads(released[1][Path("exercises/mini/mini.ipynb")].decode(), as_version=4).cells
    namespace = {}
    exec(cells[1].source, namespace)
    assert namespace["double"](1) is None
    assert cells[1].source == ('def double(x):\n    """Return twice x."""\n'
                               "    # Write your code here, in place of the three dots.\n    ...")
    assert cells[2].source == "assert double(1) == 2"
    assert cells[4].source == "*Write your answer here.*"


def test_releasing_again_gives_the_same_bytes(released, tmp_path):
    assert release(tmp_path, course(tmp_path))[Path("exercises/mini/data.csv")] == b"a,b\n1,2\n"
    folder, files = released
    again = release(folder, {path: (folder / path).read_bytes() for path in [Path("solutions/mini/mini.ipynb")]})
    assert again == files


def test_nothing_leaks_from_the_course_and_every_secret_is_looked_for(released):
    folder, _ = released
    known = set(secrets(folder / "solutions/mini"))
    assert known == {"secret_sum = x + x", "return secret_sum", "assert double(21) == 42", "whole_cell_answer = 1",
                     "The model answer.", 'In two paragraphs, "quoted".', "1234567", "1,234,567", "sha256:0f3a",
                     "0.1234567"}
    assert [secret for secret in known if leaks(secret, folder / "exercises")] == []


@pytest.mark.parametrize("where", ["source", "output", "metadata", "data.csv", "pictures/one.txt"])
@pytest.mark.parametrize("secret", ["secret_sum = x + x", 'In two paragraphs, "quoted".', "1234567", "1,234,567"])
def test_a_leak_would_be_found_wherever_it_is(released, tmp_path, where, secret):
    exercises = shutil.copytree(released[0] / "exercises", tmp_path / "exercises")
    path = exercises / "mini" / (where if "." in where else "mini.ipynb")
    if path.suffix == ".ipynb":
        notebook = nbformat.read(path, as_version=4)
        target = notebook.cells[1]
        if where == "source":
            target.source += f"\n    {secret}"
        elif where == "output":
            target.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=f"x {secret}\n"))
        else:
            target.metadata["note"] = secret
        nbformat.write(notebook, path)
    else:
        path.write_text(f"1\n{secret}\n")
    assert leaks(secret, exercises) == [path]


@pytest.mark.parametrize(("cells", "says"), [
    ([*CELLS[:1], cell("code", "### BEGIN SOLUTION\nx = 1", grade_id="a", solution=True)], "no end solution"),
    ([*CELLS[:1], cell("code", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION")], "solution cells"),
    ([*CELLS[:2], cell("code", "", grade_id="a", solution=True)], "[Dd]uplicate"),
])
def test_a_solution_that_nbgrader_refuses_is_named_with_the_reason(tmp_path, cells, says):
    with pytest.raises(ReleaseError, match=f"^nbgrader cannot release the assignment 'mini': .*{says}"):
        release(tmp_path, course(tmp_path, cells))
