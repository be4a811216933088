"""`autograder grade` in the terminal: grades on stdout, progress and warnings on stderr."""

import json
import sys
from pathlib import Path

from rich.console import Console

from autograder.grading import report
from autograder.grading.cohort import CannotGrade, grade
from autograder.grading.outcome import Status
from autograder.grading.settings import SECONDS_PER_CELL, SECONDS_PER_NOTEBOOK
from autograder.messages import _


def run(
    assignment: str,
    *,
    submitted: Path,
    course: Path,
    jobs: int | None = None,
    seconds_per_cell: int = SECONDS_PER_CELL,
    seconds_per_notebook: int = SECONDS_PER_NOTEBOOK,
    as_json: bool = False,
) -> int:
    """Grade a cohort and print what came of it; return the exit status.

    0: every submission has its grade; 1: the grader failed on some, which are listed; 2: nothing could be graded;
    130: stopped by Ctrl-C.
    """
    messages = Console(stderr=True)
    bar = report.progress_bar(messages)
    shown = bar.add_task(_("Grading {name}").format(name=assignment), total=None)

    def progress(done: int, of: int) -> None:
        if done == 0:
            messages.print(_unprotected(), style="yellow")
            bar.start()
        bar.update(shown, completed=done, total=of)

    try:
        result = grade(
            assignment,
            submitted=submitted,
            course=course,
            jobs=jobs,
            seconds_per_cell=seconds_per_cell,
            seconds_per_notebook=seconds_per_notebook,
            progress=progress,
        )
    except CannotGrade as error:
        messages.print(str(error), style="red", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        messages.print(_("Stopped. What was graded so far is in the gradebook; the next run grades everything anew."))
        return 130
    finally:
        bar.stop()
    if as_json:
        json.dump(result.to_dict(), sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        report.show(result, Console())
    return 1 if any(outcome.status is Status.FAILED for outcome in result.outcomes) else 0


def _unprotected() -> str:
    return _(
        "This run is not protected: the students' code runs with your rights, on your files and your network. "
        "Grade only what you would run yourself."
    )
