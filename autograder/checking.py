"""`check(task, answer)`: what a student's notebook asks, and what an instructor asks of a trusted answer."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from autograder import evidence, references
from autograder.messages import _
from autograder.tasks import Case, Task
from autograder.verdict import Report, judge

# While a cohort is graded this names a JSON file {task id: [case, …]}: inputs that the notebook's author never saw.
CASES_VARIABLE = "GRAPHS_OF_LAYERS_CASES"


def check(task: str, answer: Callable) -> Report:
    """Check an answer on the visible case of a task, show the report, and return it.

    Never raises on a wrong answer. Raises KeyError, naming the known tasks, for an unknown one.
    """
    asked = _task(task)
    hidden = _handed_in(task)
    known = references.visible(task)
    found = evidence.collect(asked, answer, [reference.arguments for reference in known] + hidden)
    if hidden:
        _display({evidence.MIME: found, "text/plain": _("evidence for the grader")})
    report = judge(asked, found, known)
    _display({"text/html": report._repr_html_(), "text/plain": str(report)})
    return report


def grade_answer(task: str, answer: Callable, *, hidden: bool = True, solutions: Path | None = None) -> Report:
    """Judge a trusted answer in this process, on hidden cases too; for instructors and tests.

    Needs the assignment's folder in `solutions/` (of the working directory unless told) when `hidden` is true.
    """
    asked = _task(task)
    known = references.visible(task)
    folder = (solutions or Path("solutions")) / task.split("/")[0]
    secret = references.hidden(folder)[task] if hidden else []
    cases = [reference.arguments for reference in [*known, *secret]]
    return judge(asked, evidence.collect(asked, answer, cases), known, secret)


def _task(id: str) -> Task:
    known = references.tasks_known()
    if id not in known:
        raise KeyError(_("There is no task {id!r}. The tasks are {known}.").format(
            id=id, known=", ".join(sorted(known))))
    return known[id]


def _handed_in(task: str) -> list[Case]:
    path = os.environ.get(CASES_VARIABLE)
    return json.loads(Path(path).read_text(encoding="utf-8")).get(task, []) if path else []


def _display(data: dict) -> None:
    """Show something where the student looks: in the notebook's output, or on the terminal."""
    try:
        from IPython import get_ipython
    except ImportError:
        shell = None
    else:
        shell = get_ipython()
    if shell is None:
        if evidence.MIME not in data:
            print(data["text/plain"])
        return
    from IPython.display import display

    display(data, raw=True)
