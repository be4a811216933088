import csv
import shutil
import tomllib
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat import v4

from autograder.grading.cohort import grade

ROOT = Path(__file__).resolve().parents[3]
COHORT = ROOT / "autograder" / "tests" / "cohort"
STUDENTS = {
    student["name"]: student
    for student in tomllib.loads((COHORT / "cohort.toml").read_text(encoding="utf-8"))["student"]
}


def cell(name, source, *, kind="code", **roles):
    """A cell that an exercise marks: grade=, solution=, locked= and, when graded, points=."""
    marking = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False, "grade_id": name}
    make = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
    return make(source, id=name.replace("_", "-"), metadata={"nbgrader": marking | roles})


@pytest.fixture
def release():
    """An exercise with everything that can be damaged: imports, two answers with tests, a free text."""
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Exercise", id="title"),
            cell("setup", "import math", locked=True),
            v4.new_markdown_cell("## First", id="first-title"),
            cell("first_answer", "def first(x):\n    ...", solution=True),
            cell("first", "first(1)", grade=True, locked=True, points=6),
            v4.new_markdown_cell("## Second", id="second-title"),
            cell("second_answer", "def second(x):\n    ...", solution=True),
            cell("second", "second(1)", grade=True, locked=True, points=4),
            cell("explain", "*Your answer*", kind="markdown", grade=True, solution=True, points=2),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


@pytest.fixture
def answered(release):
    """The exercise as a careful student hands it in."""
    notebook = nbformat.from_dict(release)
    for index, source in ((3, "def first(x):\n    return 1"), (6, "def second(x):\n    return 2"), (8, "Because.")):
        notebook.cells[index].source = source
    return notebook


def make_course(folder):
    """A course of its own with this repository's assignment, so that no test writes into the repository."""
    for name in ("solutions", "exercises"):
        shutil.copytree(ROOT / name / "inception", folder / name / "inception")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


@pytest.fixture
def course(tmp_path):
    return make_course(tmp_path / "course")


def submit(course, *students):
    """Copy students of the sample cohort into a course's submitted/."""
    for student in students:
        shutil.copytree(COHORT / "submitted" / student, course / "submitted" / student)
    return course / "submitted"


def rows(path):
    """The CSV file as a dictionary of rows by submission."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """The whole sample cohort, graded once for all tests that look at it."""
    course = make_course(tmp_path_factory.mktemp("cohort") / "course")
    progress = []
    result = grade(
        "inception",
        submitted=COHORT / "submitted",
        course=course,
        jobs=2,
        seconds_per_cell=30,
        progress=lambda done, of: progress.append((done, of)),
    )
    return SimpleNamespace(course=course, result=result, rows=rows(result.grades), progress=progress)
