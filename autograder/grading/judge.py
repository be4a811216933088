"""The trusted verdict, put where nbgrader looks for a grade."""

from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder import tasks
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
        self._solutions = Path(course.root, course.source_directory)
        asked = tasks.load(self._solutions / assignment)
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            task = f"{assignment}/{cell.metadata.get('nbgrader', {}).get('grade_id')}"
            if utils.is_grade(cell) and not utils.is_solution(cell) and task in asked:
                self._judge(nb, cell, task)
            else:
                # A student who calls `check` in a cell of their own must not find hidden inputs in the feedback.
                cell.outputs = [output for output in cell.outputs if MIME not in output.get("data", {})]
        remarks = record.remarks(nb)
        if remarks or record.void(nb):
            nb.cells.insert(0, _summary(record.void(nb), remarks))
        return nb, resources

    def _judge(self, nb, cell, task: str) -> None:
        points = float(cell.metadata.nbgrader["points"])
        report = self._report(nb, cell, task)
        # The rubric says what share of the points was earned, the notebook what they are worth.
        score = round(points * report.score / report.max_score, 6) if report.max_score else 0.0
        cell.outputs = [
            nbformat.v4.new_output(
                "display_data", data={"text/html": report._repr_html_(), "text/plain": str(report)}
            ),
            nbformat.v4.new_output(
                "execute_result", data={"text/plain": str(score)}, execution_count=cell.execution_count
            ),
        ]
        findings = [{"code": str(finding.code), "place": str(finding.place)} for finding in report.findings]
        record.add_task(
            nb, cell.metadata.nbgrader["grade_id"], score=score, max_score=points, findings=findings
        )

    def _report(self, nb, cell, task: str):
        from autograder import verdict  # imports Keras, which reading a configuration must not

        reason = record.void(nb) or _why_without_evidence(cell)
        if reason:
            return verdict.Report.without_evidence(task, reason, solutions=self._solutions)
        try:
            return verdict.judge(task, _evidence(cell), solutions=self._solutions)
        except Exception:  # evidence can be crafted; whatever it breaks, this submission ends with a grade
            self.log.exception("Evidence for %s could not be judged", task)
            reason = _("The answer could not be judged. Your instructor sees this remark too.")
            record.add(nb, Remark("not-judged", cell.metadata.nbgrader["grade_id"], reason))
            return verdict.Report.without_evidence(task, reason, solutions=self._solutions)


def _evidence(cell) -> dict | None:
    """Return the last evidence that the cell displayed."""
    found = [output.data[MIME] for output in cell.outputs if MIME in output.get("data", {})]
    return found[-1] if found and isinstance(found[-1], dict) else None


def _why_without_evidence(cell) -> str:
    """Say why the cell gave no evidence, or return "" when it gave some."""
    if _evidence(cell) is not None:
        return ""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if not errors:
        return _("The test did not run, or something in the notebook replaced it.")
    match errors[-1].ename:
        case name if name == TIMEOUT:
            return _("The answer was stopped: it did not come to an end within the time limit.")
        case name if name == DEAD:
            return _("Python ended while the answer ran.")
        case name:
            return _("The test ended with an error before the answer could be judged: {error}").format(
                error=f"{name}: {errors[-1].evalue}"
            )


def _summary(void: str, remarks: list[Remark]):
    """A cell that tells the student what happened before and during grading."""
    heading = _("What happened while this notebook was graded")
    sentences = [void] if void else []
    sentences += [remark.text for remark in remarks]
    source = "\n".join([f"**{heading}**", "", *(f"- {sentence}" for sentence in sentences)])
    return nbformat.from_dict({"cell_type": "markdown", "id": "remarks", "metadata": {}, "source": source})
