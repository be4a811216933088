"""The sample cohort, graded as an instructor grades it: each expected point stands in cohort.toml, with its reason."""

import re
import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import references
from autograder.evidence import MIME
from autograder.grading.cohort import grade
from autograder.tests.grading.conftest import COHORT, STUDENTS, rows, submit

TASKS = ("branches", "towers", "explain")


def test_every_student_of_the_cohort_was_graded(graded):
    assert sorted(graded.rows) == sorted(STUDENTS) == sorted(path.name for path in (COHORT / "submitted").iterdir())


@pytest.mark.parametrize("name", STUDENTS)
def test_the_points_are_those_of_the_rubric(graded, name):
    row = graded.rows[name]
    points = [float(row[task]) if row[task] else -1 for task in TASKS]
    assert (points, row["status"]) == (STUDENTS[name]["points"], STUDENTS[name]["status"]), row["remarks"]


def test_the_gradebook_says_the_same_as_the_csv_file(graded):
    with Gradebook(f"sqlite:///{graded.course}/gradebook.db") as gradebook:
        for name, row in graded.rows.items():
            for task in TASKS:
                grade = gradebook.find_grade(task, "inception", "inception", name)
                assert grade.score == float(row[task] or 0)
                assert grade.needs_manual_grade == (row[task] == "")


def test_every_student_has_a_feedback_page_that_tells_what_happened(graded):
    for outcome in graded.result.outcomes:
        page = (graded.course / "feedback" / outcome.student / "inception" / "inception.html").read_text("utf-8")
        for remark in outcome.remarks:
            assert remark.text in page
        assert "inception/branches" in page


def test_a_wrong_answer_is_told_what_to_change(graded):
    page = (graded.course / "feedback" / "max_for_average" / "inception" / "inception.html").read_text("utf-8")
    assert "AveragePooling2D" in page


def test_nothing_hidden_reaches_what_students_get_back(graded):
    hidden = references.hidden(graded.course / "solutions" / "inception")
    counts = {f"{reference.graph.parameters:,}" for cases in hidden.values() for reference in cases}
    secret = re.compile(rf"(?<![\d,])({'|'.join(count for count in counts if ',' in count)})(?![\d,])")
    for folder in ("autograded", "feedback"):
        for path in (graded.course / folder).rglob("*.*"):
            # nbgrader copies what lies beside the solution; the student's code runs here.
            assert path.name in ("inception.ipynb", "inception.html", "notes.txt")
            if path.suffix in (".ipynb", ".html"):
                text = path.read_text("utf-8")
                assert MIME not in text
                assert not secret.search(text), path


def test_right_answers_are_free_of_remarks_and_findings(graded):
    for outcome in graded.result.outcomes:
        if outcome.status == "graded" and outcome.total == 10:
            assert outcome.remarks == ()
            assert not any(task.findings for task in outcome.tasks.values())


def test_graded_notebooks_are_valid_and_hold_each_graded_cell_once(graded):
    for path in (graded.course / "autograded").rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
        assert [names.count(task) for task in TASKS] == [1, 1, 1]


def test_progress_counts_every_submission(graded):
    assert graded.progress == [(done, len(STUDENTS)) for done in range(len(STUDENTS) + 1)]


def test_submissions_are_only_read(graded):
    assert not list((COHORT / "submitted").rglob(".ipynb_checkpoints"))
    assert len([path for path in (COHORT / "submitted").rglob("*") if path.is_file()]) == len(STUDENTS)


def test_grading_again_gives_the_same_and_keeps_what_was_given_by_hand(graded, tmp_path):
    course = shutil.copytree(graded.course, tmp_path / "course")
    submitted = submit(course, "broken_json", "duplicated_cells", "wrong_kernel")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_grade("explain", "inception", "inception", "wrong_kernel").manual_score = 1.5
        gradebook.db.commit()
    again = rows(grade("inception", submitted=submitted, course=course, jobs=1).grades)
    expected = {name: dict(graded.rows[name]) for name in again}
    expected["wrong_kernel"] |= {"explain": "1.5", "total": "7.5", "by_hand": ""}
    assert again == expected
