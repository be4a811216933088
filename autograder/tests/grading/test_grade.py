"""What a run of the grader promises, apart from the points: `test_cohort.py` has those."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest
from nbgrader.api import Gradebook

from autograder.grading import command
from autograder.grading.cohort import CannotGrade, grade
from autograder.grading.outcome import Status
from autograder.grading.worker import Plan, Worker, WorkerLost
from autograder.tests.grading.conftest import submit


def test_a_submission_on_which_the_grader_fails_gets_0_and_a_reason_and_stops_no_other(course, capsys):
    submitted = submit(course, "broken_json", "no_notebook", "plain")
    # nbgrader cannot copy the assignment's data/ where this student handed in a file of that name …
    (course / "solutions" / "inception" / "data").mkdir()
    (course / "solutions" / "inception" / "data" / "table.csv").write_text("1")
    (submitted / "plain" / "inception" / "data").write_text("in nbgrader's way")
    # … and cannot write this one's result at all.
    (course / "autograded" / "broken_json").mkdir(parents=True)
    (course / "autograded" / "broken_json" / "inception").write_text("in nbgrader's way")
    assert command.run("inception", submitted=submitted, course=course, as_json=True) == 1
    result = json.loads(capsys.readouterr().out)
    once, other, twice = (
        next(row for row in result["submissions"] if row["submission"] == name)
        for name in ("plain", "no_notebook", "broken_json")
    )
    assert other["status"] == Status.VOID
    for failed in (once, twice):
        assert (failed["status"], failed["total"], failed["by_hand"]) == (Status.FAILED, 0, [])
        assert "grader itself failed" in failed["remarks"][0]["text"]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert {book.student.id: book.score for book in gradebook.assignment_submissions("inception")} == {
            "plain": 0, "no_notebook": 0, "broken_json": 0}
    page = course / "feedback" / "plain" / "inception" / "inception.html"
    assert "grader itself failed" in page.read_text("utf-8")
    log = (course / "grades" / "inception-failures.log").read_text()
    assert "Traceback" in log
    assert log.index("broken_json") < log.index("plain")


def test_names_of_folders_may_hold_spaces_signs_and_hangul(course):
    names = ["=1+1", "a+b(c)", "a{b}", "o'hara, \"jo\"", "김 하늘"]
    folder = submit(course, "broken_json") / "broken_json"
    for name in names:
        shutil.copytree(folder, folder.parent / name)
    shutil.rmtree(folder)
    result = grade("inception", submitted=folder.parent, course=course, jobs=1)
    assert [(outcome.student, outcome.status) for outcome in result.outcomes] == [(name, Status.VOID) for name in names]
    assert sorted(path.parts[-3] for path in (course / "feedback").rglob("*.html")) == names


@pytest.mark.parametrize("name", ["kim[2]", "*", "a?", " kim", "kim\n", "\udcff"])
def test_names_that_nbgrader_would_take_for_others_are_refused_in_one_sentence(course, name):
    folder = submit(course, "broken_json") / "broken_json"
    folder.rename(folder.parent / name)
    with pytest.raises(CannotGrade, match="needs another name"):
        grade("inception", submitted=folder.parent, course=course, jobs=1)


def test_a_lost_worker_says_so_and_is_replaced(course, tmp_path):
    (tmp_path / "scratch").mkdir()
    worker = Worker(Plan("inception", str(course), str(tmp_path), str(tmp_path / "scratch"), 10, 10))
    try:
        assert "inception" in worker.grade("kim")  # nbgrader's log: nothing is registered here
        os.kill(worker.process_id, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            worker.grade("kim")
        assert "inception" in worker.grade("kim")
    finally:
        worker.close()
    with pytest.raises(WorkerLost):
        worker.grade("kim")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"assignment": "perception"}, ["no assignment “perception”", "inception"]),
        ({"assignment": ""}, ["no assignment"]),
        ({"submitted": "nowhere"}, ["no folder", "nowhere", "--submitted"]),
        ({"submitted": "solutions"}, ["no submission", "STUDENT/inception"]),
        ({"jobs": 0}, ["--jobs", "1 or more"]),
        ({"seconds_per_cell": -1}, ["--seconds-per-cell", "1 or more"]),
        ({"course": "."}, ["no assignment"]),
    ],
)
def test_bad_arguments_end_in_one_sentence(course, capsys, arguments, words):
    given = {"assignment": "inception", "submitted": "submitted", "course": ""} | arguments
    submit(course, "broken_json")
    place = course.parent if given.pop("course") else course
    status = command.run(given.pop("assignment"), submitted=course / given.pop("submitted"), course=place, **given)
    captured = capsys.readouterr()
    message = " ".join(captured.err.split())
    assert status == 2
    assert "not protected" not in message  # nothing was run
    assert captured.out == ""
    assert all(word in message for word in words)
    assert "Traceback" not in message


def test_a_missing_release_and_a_changed_assignment_are_said(course):
    submitted = submit(course, "broken_json")
    grade("inception", submitted=submitted, course=course, jobs=1)
    source = course / "solutions" / "inception" / "inception.ipynb"
    notebook = json.loads(source.read_text())
    notebook["cells"] = [
        cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") != "towers"]
    source.write_text(json.dumps(notebook))
    with pytest.raises(CannotGrade, match="grades for other cells"):
        grade("inception", submitted=submitted, course=course, jobs=1)
    (course / "exercises" / "inception" / "inception.ipynb").unlink()
    with pytest.raises(CannotGrade, match="generate_assignment"):
        grade("inception", submitted=submitted, course=course, jobs=1)


def test_the_run_says_that_it_is_not_protected(course, capsys):
    command.run("inception", submitted=submit(course, "broken_json"), course=course, jobs=1)
    captured = capsys.readouterr()
    assert "not protected" in captured.err
    assert "broken_json" in captured.out


def test_an_interrupted_run_ends_in_one_sentence_and_leaves_no_process(course):
    submitted = submit(course, "endless_loop")
    script = (
        "import signal, sys; from pathlib import Path; from autograder.grading.command import run\n"
        # A shell's background jobs ignore interrupts, and tests may run in one.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"sys.exit(run('inception', submitted=Path({str(submitted)!r}), course=Path({str(course)!r})))"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        # The graded notebook's folder appears when the kernel is about to start.
        while not (course / "autograded" / "endless_loop").exists():
            assert running.poll() is None
            time.sleep(0.2)
        os.killpg(running.pid, signal.SIGINT)
        message = running.communicate(timeout=120)[1]
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 130
    assert "Stopped." in message
    assert "Traceback" not in message
    while left := [process for process in psutil.process_iter(["cwd", "cmdline"]) if in_course(process, course)]:
        # Kernels look once a second whether the grader is still there.
        assert psutil.wait_procs(left, timeout=60)[1] == []


def in_course(process, course):
    where = f"{process.info['cwd']} {process.info['cmdline']}"
    return str(course) in where


def test_nbgraders_own_command_grades_damaged_submissions_too(course):
    """With nbgrader_config.py `nbgrader autograde` does what ours does: one copied cell used to stop its whole run."""
    submit(course, "duplicated_cells", "broken_json", "max_for_average")
    for step in (["generate_assignment", "inception", "--force"], ["autograde", "inception"]):
        finished = subprocess.run(
            [sys.executable, "-m", "nbgrader", *step], cwd=course, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        scores = {book.student.id: book.score for book in gradebook.assignment_submissions("inception")}
    assert scores == {"duplicated_cells": 10, "broken_json": 0, "max_for_average": 4}
