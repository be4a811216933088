"""nbgrader's configuration for autograding: which of our parts stand at which of its hooks."""

import os
import sys
from pathlib import Path

SECONDS_PER_CELL = 60
SECONDS_PER_NOTEBOOK = 600


def configure(config) -> None:
    """Put the autograder into an nbgrader configuration (the `c` of nbgrader_config.py).

    The lists are nbgrader's own with ours between them: Repair before all others, since several of them stop a whole
    run on a damaged notebook; Run in the place of Execute; Judge before SaveAutoGrades, which it prepares.
    """
    config.Autograde.exporter_class = "autograder.grading.reading.SubmissionExporter"
    config.Autograde.sanitize_preprocessors = [
        "autograder.grading.repair.Repair",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.DeduplicateIds",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    config.Autograde.autograde_preprocessors = [
        "autograder.grading.execution.Run",
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "autograder.grading.judge.Judge",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    config.Execute.timeout = SECONDS_PER_CELL
    config.Execute.interrupt_on_timeout = True
    config.Execute.startup_timeout = 300
    # An interrupted TensorFlow operation ends when it ends; nbclient's four seconds would give the kernel up too soon.
    config.Execute.iopub_timeout = 15
    # A student can tag a locked cell; without a tag to look for, nothing is skipped.
    config.Execute.skip_cells_with_tag = ""
    config.Run.seconds_per_notebook = SECONDS_PER_NOTEBOOK
    config.OverwriteCells.add_missing_cells = True
    prepare_process()


def prepare_process() -> None:
    """Set what every process of a grading run needs: environment variables only, cheap, safe to repeat."""
    # With oneDNN some convolutions segfault, and outputs differ between processors.
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # nbgrader calls the `alembic` of its own environment by name.
    commands = str(Path(sys.executable).parent)
    if commands not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([commands, os.environ.get("PATH", "")])
