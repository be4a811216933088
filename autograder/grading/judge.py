"""The trusted verdict, put where nbgrader looks for a grade."""

from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder import references, tasks, verdict
from autograder.evidence import MIME
from autograder.grading import record
from autograder.grading.execution import DEAD, TIMEOUT
from autograder.grading.record import Remark
from autograder.grading.repair import course_of
from autograder.messages import _


class Judge(NbGraderPreprocessor):
    """Judges the evidence in each graded cell and leaves points and feedback as the cell's only outputs.

    nbgrader's SaveAutoGrades, which comes next, takes a number that a cell returns for its points, and anything on
    stderr for a failure. Replacing all outputs makes the verdict the only thing it can see: what the student's
    process printed, claimed or warned about counts for nothing. Cells that are no task of the assignment stay as
    they are, for nbgrader and for people.
    """

    def preprocess(self, nb, resources):
        """Judge every task, take the evidence out of the notebook, and put what was mended on top."""
        course = course_of(self)
        assignment = resources["nbgrader"]["assignment"]
        folder = Path(course.format_path(course.source_directory, ".", assignment)).resolve()
        asked, hidden = tasks.load(folder), references.hidden(folder)
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            task = asked.get(f"{assignment}/{cell.metadata.get('nbgrader', {}).get('grade_id')}")
            if task and utils.is_grade(cell) and not utils.is_solution(cell):
                self._judge(nb, cell, task, hidden[task.id])
            else:
                # A student who calls `check` in a cell of their own must not find hidden inputs in the feedback.
                cell.outputs = [output for output in cell.outputs if MIME not in output.get("data", {})]
        remarks = record.remarks(nb)
        if remarks or record.void(nb):
            nb.cells.insert(0, _summary(record.void(nb), remarks))
        return nb, resources

    def _judge(self, nb, cell, task: tasks.Task, hidden: list) -> None:
        report = self._report(nb, cell, task, hidden)
        # The rubric says what share of the points was earned, the notebook what they are worth.
        points = float(cell.metadata.nbgrader["points"])
        score = round(points * report.score / report.max_score, 6)
        feedback = {"text/html": report._repr_html_(), "text/plain": str(report)}
        cell.outputs = [
            nbformat.v4.new_output("display_data", data=feedback),
            nbformat.v4.new_output(
                "execute_result", data={"text/plain": str(score)}, execution_count=cell.execution_count
            ),
        ]
        findings = [
            {"code": finding.code, "criterion": finding.criterion, "place": finding.place}
            for finding in report.findings
        ]
        record.add_task(nb, cell.metadata.nbgrader["grade_id"], score=score, max_score=points, findings=findings)

    def _report(self, nb, cell, task: tasks.Task, hidden: list) -> verdict.Report:
        evidence = _evidence(cell)
        if evidence is None or record.void(nb):
            return verdict.without_evidence(task, *_why_without_evidence(nb, cell))
        try:
            return verdict.judge(task, evidence, references.visible(task.id), hidden)
        except Exception:  # evidence can be crafted; whatever it breaks, this submission ends with a grade
            self.log.exception("The evidence for %s could not be judged", task.id)
            reason = _("The answer to “{cell}” could not be judged.").format(cell=cell.metadata.nbgrader["grade_id"])
            record.add(nb, Remark("not-judged", cell.metadata.nbgrader["grade_id"], reason))
            return verdict.without_evidence(task, reason, _("Your instructor sees this remark, too."))


def _evidence(cell):
    """Return the last evidence that the cell displayed, unchecked, or None."""
    found = [output.data[MIME] for output in cell.outputs if MIME in output.get("data", {})]
    return found[-1] if found else None


def _why_without_evidence(nb, cell) -> tuple[str, str]:
    """Return what happened to a cell that gave no evidence, and what the student can do."""
    if record.void(nb):
        return record.void(nb), _("Open the notebook, run it from the top, save it, and hand in that file.")
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if not errors:
        return (
            _("the test did not run, or the notebook replaced it"),
            _("Keep the names `check` and the function's own for what the exercise calls so."),
        )
    name, said = errors[-1].ename, errors[-1].evalue
    if name == TIMEOUT:
        return (
            _("the answer was stopped at the time limit"),
            _("Look for a loop that never ends: which condition ends it, and what changes that condition?"),
        )
    if name == DEAD:
        return _("Python ended while the answer ran"), _("Leave out what ends Python, such as `exit()`.")
    return (
        _("the test ended with an error: {error}").format(error=f"{name}: {said}"[:400]),
        _("Run the notebook from the top: does the cell that defines the function run without an error?"),
    )


def _summary(void: str, remarks: list[Remark]):
    """A cell that tells the student what happened before and during grading."""
    heading = _("What happened while this notebook was graded")
    sentences = ([void] if void else []) + [remark.text for remark in remarks]
    source = "\n".join([f"**{heading}**", "", *(f"- {sentence}" for sentence in sentences)])
    return nbformat.from_dict({"cell_type": "markdown", "id": "remarks", "metadata": {}, "source": source})
