"""Grading a whole cohort: each submission in a process of its own kind, none in the way of another."""

import os
import re
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook

from autograder import tasks
from autograder.grading import record
from autograder.grading.course import Course, load_config
from autograder.grading.outcome import CohortResult, Outcome, Status, TaskGrade
from autograder.grading.reading import read_submission
from autograder.grading.record import Remark
from autograder.grading.report import write_csv
from autograder.grading.settings import SECONDS_PER_CELL, SECONDS_PER_NOTEBOOK, configure, prepare_process
from autograder.grading.worker import Plan, Worker, WorkerLost
from autograder.messages import _


class CannotGrade(ValueError):
    """The run cannot start; the message is a sentence for the instructor: what, where, what to do."""


def grade(
    assignment: str,
    *,
    submitted: Path,
    course: Path,
    jobs: int | None = None,
    seconds_per_cell: int = SECONDS_PER_CELL,
    seconds_per_notebook: int = SECONDS_PER_NOTEBOOK,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> CohortResult:
    """Grade every submission in `submitted`/STUDENT/`assignment` and return what came of it.

    `course` is the folder with nbgrader_config.py; gradebook, graded notebooks, feedback pages and
    grades/`assignment`.csv go there. `jobs` submissions run at a time (as many as there are processors, if not said);
    `progress` is told how many are done. The students' code runs unprotected: with the rights of this process.

    Raises CannotGrade where there is nothing to grade, or nothing to grade it with.
    """
    prepare_process()
    submitted, root = Path(submitted).resolve(), Path(course).resolve()
    config = load_config(root)
    configure(config)
    place = Course.open(root, config)
    for option, value in (("--jobs", jobs), ("--seconds-per-cell", seconds_per_cell)):
        if value is not None and value < 1:
            raise CannotGrade(_("{option} is {value}, and has to be 1 or more.").format(option=option, value=value))
    students = _check(assignment, submitted, place)
    progress(0, len(students))
    _register(assignment, place, config)
    failures = root / "grades" / f"{assignment}-failures.log"
    failures.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="grading-") as scratch:
        plan = Plan(assignment, str(root), str(submitted), scratch, seconds_per_cell, seconds_per_notebook)
        failed = _run(students, plan, jobs or os.cpu_count() or 1, progress)
    if failed:
        failures.parent.mkdir(exist_ok=True)
        failures.write_text("\n\n".join(f"{student}\n{failed[student]}" for student in sorted(failed)), "utf-8")
    outcomes = _outcomes(assignment, place, students, failed)
    grades = root / "grades" / f"{assignment}.csv"
    write_csv(outcomes, grades)
    return CohortResult(
        assignment, outcomes, grades, root / place.feedback_directory, place.db_url, failures if failed else None
    )


def _check(assignment: str, submitted: Path, place: Course) -> list[str]:
    """Return the students to grade, in order."""
    source, release = place.source_of(assignment), place.release_of(assignment)
    if not assignment or not list(source.glob("*.ipynb")):
        known = sorted(path.parent.name for path in source.parent.glob("*/*.ipynb"))
        raise CannotGrade(
            _("There is no assignment “{name}” with a notebook in {folder}; there is: {known}.").format(
                name=assignment, folder=source.parent, known=", ".join(known) or _("none")
            )
        )
    if not list(release.glob("*.ipynb")):
        raise CannotGrade(
            _("{folder} holds no notebook: run `nbgrader generate_assignment {name}` first.").format(
                folder=release, name=assignment
            )
        )
    try:
        tasks.load(source)
    except tasks.TaskError as error:
        raise CannotGrade(str(error)) from None
    if not submitted.is_dir():
        raise CannotGrade(
            _("There is no folder {folder}: say where the submissions are with --submitted.").format(folder=submitted)
        )
    # Hidden folders are those of tools, such as .ipynb_checkpoints.
    students = sorted(path.parent.name for path in submitted.glob(f"[!.]*/{assignment}") if path.is_dir())
    if not students:
        raise CannotGrade(
            _("{folder} holds no submission for “{name}”: one lies in STUDENT/{name}/.").format(
                folder=submitted, name=assignment
            )
        )
    for student in students:
        if not student.isprintable() or student != student.strip() or set(student) & set("*?["):
            raise CannotGrade(
                _(
                    "The folder {name} needs another name: without *, ? and [, which nbgrader takes for patterns, "
                    "without control characters, and without spaces at its ends."
                ).format(name=ascii(str(submitted / student)))
            )
    return students


def _register(assignment: str, place: Course, config) -> None:
    """Enter the assignment's cells and points into the gradebook, as `nbgrader generate_assignment` does.

    Done in each run, so that the gradebook always matches solutions/; the release that comes with it is thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        config = config.copy()
        config.CourseDirectory.release_directory = scratch
        result = Course.open(place.root, config).api(config).generate_assignment(assignment)
    if result["success"]:
        return
    log = result.get("log", "") + result["error"]
    if "there are submissions associated" in log:
        raise CannotGrade(
            _(
                "{gradebook} holds grades for other cells than “{name}” has now: move it away to grade anew, "
                "or go back to the notebook that was graded."
            ).format(gradebook=place.db_url, name=assignment)
        )
    # nbgrader logs the exception that tells, and raises another one that only points to the log.
    reasons = re.findall(r"^\s*([\w.]+(?:Error|Exception): .+)$", log, re.MULTILINE)
    raise CannotGrade(
        _("nbgrader could not enter “{name}” into its gradebook: {error}").format(
            name=assignment, error=reasons[0] if reasons else log.strip().splitlines()[-1]
        )
    )


def _run(students: list[str], plan: Plan, jobs: int, progress: Callable[[int, int], None]) -> dict[str, str]:
    """Grade all students; return nbgrader's log for those whom it could not grade."""
    jobs = min(jobs, len(students))
    workers = [Worker(plan) for _number in range(jobs)]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        idle.put(worker)
    failed = {}

    def grade_one(student: str) -> None:
        worker = idle.get()
        try:
            log = _attempt(worker, student)
            if log:
                failed[student] = log
                _attempt(worker, student, void=_why_failed())
        finally:
            idle.put(worker)

    pool = ThreadPoolExecutor(jobs)
    try:
        running: list[Future] = [pool.submit(grade_one, student) for student in students]
        for done, future in enumerate(as_completed(running), start=1):
            future.result()
            progress(done, len(students))
    finally:
        # Stopping the workers also frees the threads that wait for them, when the run is interrupted.
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.close()
    return failed


def _why_failed() -> str:
    return _("The grader itself failed on this submission; its points wait until the instructor has looked.")


def _attempt(worker: Worker, student: str, void: str = "") -> str:
    """Grade one submission; return "" or why nbgrader could not."""
    try:
        return worker.grade(student, void)
    except WorkerLost as lost:
        return f"The grading process died or did not answer. It had printed:\n{lost}"


def _outcomes(assignment: str, place: Course, students: list[str], failed: dict[str, str]) -> tuple[Outcome, ...]:
    cells = _graded_cells(place.release_of(assignment))
    with Gradebook(place.db_url, place.course_id) as gradebook:
        return tuple(_outcome(assignment, place, gradebook, student, cells, student in failed) for student in students)


def _outcome(assignment, place: Course, gradebook, student: str, cells: list, failed: bool) -> Outcome:
    if failed:
        # Where the grader failed twice, nbgrader has not heard of the submission yet.
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(assignment, student)
    submission = gradebook.find_submission(assignment, student)
    records = {}
    for path in sorted(place.autograded_of(assignment, student).glob("*.ipynb")):
        records[path.stem] = nbformat.read(path, as_version=4)
    grades = {(grade.notebook.name, grade.name): grade for book in submission.notebooks for grade in book.grades}
    tasks_of = {}
    for notebook, name in cells:
        grade = grades[notebook, name]
        known = record.tasks(records[notebook]) if notebook in records else {}
        waits = grade.manual_score is None and grade.auto_score is None and not failed
        tasks_of[name] = TaskGrade(
            None if waits else grade.score, grade.max_score, tuple(known.get(name, {}).get("findings", ()))
        )
    remarks = [remark for notebook in records.values() for remark in _told(notebook)]
    if failed and not remarks:
        remarks = [Remark("void", "", _why_failed())]
    penalty = submission.late_submission_penalty or 0.0
    return Outcome(student, _status(records.values(), failed), tasks_of, penalty, tuple(remarks))


def _told(notebook) -> list[Remark]:
    void = record.void(notebook)
    return ([Remark("void", "", void)] if void else []) + record.remarks(notebook)


def _status(records, failed: bool) -> Status:
    if failed:
        return Status.FAILED
    if any(record.void(notebook) for notebook in records):
        return Status.VOID
    codes = {remark.code for notebook in records for remark in record.remarks(notebook)}
    if codes & {"time-limit", "stopped"}:
        return Status.STOPPED
    return Status.MENDED if codes else Status.GRADED


def _graded_cells(release: Path) -> list[tuple[str, str]]:
    """Return (notebook, cell name) of each graded cell, in the order of the exercise."""
    return [
        (path.stem, cell.metadata.nbgrader.grade_id)
        for path in sorted(release.glob("*.ipynb"))
        for cell in read_submission(path.read_bytes())[0].cells
        if utils.is_grade(cell)
    ]
