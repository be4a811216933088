"""Running a submission: nbgrader's own Execute, made to end in every case and to keep what was reached before."""

import json
import os
import tempfile
from pathlib import Path
from time import monotonic

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import Execute
from traitlets import Integer, default

from autograder import references
from autograder.checking import CASES_VARIABLE
from autograder.grading import record
from autograder.grading.record import Remark
from autograder.grading.repair import course_of
from autograder.messages import _

SECONDS_TO_START = 300
TIMEOUT, DEAD = "CellTimeoutError", "DeadKernelError"


class Run(Execute):
    """Runs every cell under nbgrader's time limit; a kernel that dies or hangs ends the run, not the grading.

    The kernel gets the hidden inputs of the assignment's tasks, never an expected output.
    """

    seconds_per_notebook = Integer(600, help="Time limit for all cells of a notebook together").tag(config=True)

    @default("timeout_func")
    def _timeout_func_default(self):
        # nbclient takes 0 for no limit at all, so the last second is never given up.
        return lambda cell: max(1, min(self.timeout, int(self._deadline - monotonic())))

    def preprocess(self, nb, resources, km=None):
        """Run the notebook, unless there is no work in it."""
        if record.void(nb):
            return nb, resources
        self._ended = False
        with tempfile.TemporaryDirectory(prefix="cases-") as folder:
            cases = Path(folder, "cases.json")
            cases.write_text(json.dumps(self._hidden_cases(resources)), encoding="utf-8")
            self._environment = {**os.environ, CASES_VARIABLE: str(cases)}
            return super().preprocess(nb, resources, km)

    def _hidden_cases(self, resources) -> dict[str, list]:
        course = course_of(self)
        folder = course.format_path(course.source_directory, ".", resources["nbgrader"]["assignment"])
        return references.hidden_cases(Path(folder).resolve())

    def start_new_kernel(self, **kwargs):
        """Start the kernel with the hidden inputs in its environment."""
        super().start_new_kernel(env=self._environment, **kwargs)

    def start_new_kernel_client(self):
        """Connect, and import Keras before the clock starts: on a busy machine that alone can take a cell's time."""
        client = super().start_new_kernel_client()
        limit, self.timeout = self.timeout, max(self.timeout, SECONDS_TO_START)
        self.wait_for_reply(client.execute("__import__('keras')", silent=True, store_history=False))
        self.timeout = limit
        self._deadline = monotonic() + self.seconds_per_notebook
        return client

    def preprocess_cell(self, cell, resources, index):
        """Run one cell; after a kernel that died or could not be stopped, leave the rest as it is."""
        if self._ended:
            return cell, resources
        if monotonic() > self._deadline:
            self._end(cell, TIMEOUT, _("The notebook reached its time limit; “{cell}” and what follows did not run."))
            return cell, resources
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._end(cell, DEAD, _("Python ended while the cell “{cell}” ran; those after it did not run."))
        except CellTimeoutError:
            self._end(cell, TIMEOUT, _("The cell “{cell}” could not be stopped; those after it did not run."))
        else:
            if any(output.get("ename") == TIMEOUT for output in cell.get("outputs", [])):
                self._remark(cell, "time-limit", _("The cell “{cell}” was stopped at its time limit."))
        return cell, resources

    def _end(self, cell, error: str, sentence: str) -> None:
        """Note why nothing runs any more, on the cell where it happened."""
        self._ended = True
        if cell.cell_type == "code":
            cell.outputs.append(nbformat.v4.new_output("error", ename=error, evalue="", traceback=[error]))
        self._remark(cell, "stopped", sentence)

    def _remark(self, cell, code: str, sentence: str) -> None:
        place = cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)
        record.add(self.nb, Remark(code, place, sentence.format(cell=place)))
