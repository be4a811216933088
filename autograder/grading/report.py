"""A graded cohort for people: the CSV file, the table in the terminal, the progress bar."""

import csv
import re
from collections import Counter
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.grading.outcome import CohortResult, Outcome, Status
from autograder.messages import _

COLOURS = {Status.MENDED: "cyan", Status.STOPPED: "yellow", Status.VOID: "red", Status.FAILED: "bold red"}


def write_csv(outcomes: tuple[Outcome, ...], path: Path) -> None:
    """Write a line for each submission: points by task, total, status, what waits for a person, remarks.

    Every cell is quoted; an empty score waits for a person. The same grades give the same bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    tasks = list(outcomes[0].tasks)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["submission", *tasks, "penalty", "total", "max", "status", "by_hand", "remarks"])
        for outcome in outcomes:
            scores = [_number(task.score) for task in outcome.tasks.values()]
            row = [outcome.student, *scores, _number(outcome.penalty), _number(outcome.total)]
            row += [_number(outcome.max_total), outcome.status.value, ", ".join(outcome.by_hand)]
            row += [" ".join(remark.text for remark in outcome.remarks)]
            writer.writerow([harmless(cell) for cell in row])


def harmless(text: str) -> str:
    """Return the text on one line, and so that a spreadsheet does not take it for a formula."""
    line = re.sub(r"[\r\n\t]+", " ", text)
    return f"'{line}" if line.lstrip().startswith(("=", "+", "-", "@")) else line


def show(result: CohortResult, console: Console) -> None:
    """Print the table of grades, the remarks, a summary, and where the files lie."""
    table = Table(title=_("Assignment {name}").format(name=result.assignment), box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column(_("submission"), overflow="fold")
    for name, task in result.outcomes[0].tasks.items():
        table.add_column(f"{name} / {_number(task.max_score)}", justify="right")
    table.add_column(_("total"), justify="right")
    table.add_column(_("status"))
    for outcome in result.outcomes:
        table.add_row(
            Text(outcome.student),
            *(_number(task.score) or _("by hand") for task in outcome.tasks.values()),
            _number(outcome.total),
            Text(outcome.status.value, style=COLOURS.get(outcome.status, "")),
        )
    console.print(table)
    for outcome in result.outcomes:
        for remark in outcome.remarks:
            console.print(Text(f"{outcome.student}: {remark.text}"), soft_wrap=True)
    counts = Counter(outcome.status for outcome in result.outcomes)
    words = ", ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])
    console.print(_("{count} submissions: {words}").format(count=len(result.outcomes), words=words))
    for label, place in (
        (_("Grades"), result.grades),
        (_("Feedback"), result.feedback),
        (_("Gradebook"), result.gradebook),
        (_("What failed"), result.failures),
    ):
        if place:
            console.print(Text(f"{label}: {place}"), soft_wrap=True)


def progress_bar(console: Console) -> Progress:
    """Return a progress bar with an estimate of the time left."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )


def _number(value: float | None) -> str:
    """Points without a needless fraction; nothing for points that are not known yet."""
    return "" if value is None else f"{round(value, 4):g}"
