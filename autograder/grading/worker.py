"""One process that grades one submission after the other through nbgrader's API.

It is a process, not a thread, since nbgrader changes the working directory while it converts; and one that may be
lost: whatever a submission does to it, the cohort goes on with a new one.
"""

import faulthandler
import json
import os
import signal
import tempfile
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from autograder.grading.course import Course, load_config
from autograder.grading.intake import take_in
from autograder.grading.settings import configure, prepare_process


@dataclass(frozen=True)
class Plan:
    """What all submissions of a run have in common; paths are absolute. Plain values, so that it crosses processes."""

    assignment: str
    course: str
    submitted: str
    scratch: str
    seconds_per_cell: int
    seconds_per_notebook: int

    @property
    def patience(self) -> float:
        """Seconds after which a worker that does not answer is given up: it should have stopped the notebook."""
        return self.seconds_per_notebook + 300


class WorkerLost(Exception):
    """The process that graded a submission died or no longer answers; the message is the end of what it printed."""


class Worker:
    """A grading process, started when it is first needed and replaced when it is lost."""

    def __init__(self, plan: Plan):
        self._plan = plan
        self._printed = Path(plan.scratch, f"worker-{id(self)}.log")
        self._process = None
        self._connection = None
        self._closed = False

    def grade(self, student: str, void: str = "") -> str:
        """Grade one submission; return "" or nbgrader's log where nbgrader could not.

        With `void` the submission is entered as one that holds nothing to grade, for that reason. Raises WorkerLost.
        """
        if self._closed:
            raise WorkerLost("The run was stopped.")
        if self._process is None:
            self._start()
        connection = self._connection
        try:
            # JSON and not a pickled object: nothing that came near a student's work is ever unpickled.
            connection.send_bytes(json.dumps([student, void]).encode())
            if not connection.poll(self._plan.patience):
                raise EOFError
            return json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            self._end()
            raise WorkerLost(self._printed.read_text("utf-8", "replace")[-10_000:]) from None

    @property
    def process_id(self) -> int | None:
        """The process that grades, None while there is none."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process for good; a thread that waits for it gets WorkerLost."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join()

    def _start(self) -> None:
        # `spawn`: a fork would copy the threads and locks of whoever called.
        processes = get_context("spawn")
        self._connection, other_end = processes.Pipe()
        self._process = processes.Process(
            target=_serve, args=(other_end, asdict(self._plan), str(self._printed)), daemon=True
        )
        self._process.start()
        other_end.close()


def _serve(connection: Connection, plan: dict, printed: str) -> None:
    # Kernels write to the worker's stderr; on the terminal that would tear the progress bar.
    with Path(printed).open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    faulthandler.enable()
    # Ctrl-C reaches every process of the terminal; the one that was asked to grade ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare_process()
    grader = _Grader(Plan(**plan))
    while True:
        try:
            student, void = json.loads(connection.recv_bytes())
        except EOFError:
            return
        connection.send_bytes(json.dumps(grader.grade(student, void)).encode())


class _Grader:
    def __init__(self, plan: Plan):
        self.plan = plan
        self.config = load_config(Path(plan.course))
        configure(self.config)
        self.config.Execute.timeout = plan.seconds_per_cell
        self.config.Run.seconds_per_notebook = plan.seconds_per_notebook
        # What a killed worker leaves behind goes with the run's own folder.
        tempfile.tempdir = plan.scratch

    def grade(self, student: str, void: str) -> str:
        plan = self.plan
        with tempfile.TemporaryDirectory(prefix="submission-") as scratch:
            release = Course.open(plan.course, self.config).release_of(plan.assignment)
            # What the grader failed on once is not read again: the exercise itself stands in.
            source = release if void else Path(plan.submitted, student, plan.assignment)
            remarks, missing = take_in(source, release, Path(scratch, student, plan.assignment))
            config = self.config.copy()
            config.Repair.remarks = [[remark.code, remark.place, remark.text] for remark in remarks]
            config.Repair.void = void or missing
            config.CourseDirectory.submitted_directory = scratch
            api = Course.open(plan.course, config).api(config)
            for step in (api.autograde, api.generate_feedback):
                outcome = step(plan.assignment, student)
                if not outcome["success"]:
                    return outcome.get("log", "") + outcome.get("error", "")
        return ""
