"""nbgrader's steps in this repository: which folder is which, what a release leaves out, how a cohort is graded.

Read by every `nbgrader` command that is run here, by `make notebooks` and by `make grade`.
"""

c = get_config()  # noqa: F821 - nbgrader's loader puts it there

# --- Folders ---------------------------------------------------------------------------------------------------------
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.directory_structure = "{nbgrader_step}/{student_id}/{assignment_id}"

# --- Release: solutions/ -> exercises/ -------------------------------------------------------------------------------
# nbgrader copies whatever lies beside a notebook. The notebook's source, the task with its hidden ranges, variants of
# the solution and hidden references stay behind. What else is handed out is named in tools/tests/test_exercises.py.
c.CourseDirectory.ignore = [
    ".*", "__pycache__", "*.pyc", ".ipynb_checkpoints", "feedback",
    "*.md", "*.py", "*.toml", "hidden*",
]
# Three dots are a statement and an expression, so an untouched exercise runs to its end: the checks then say what is
# missing, instead of an exception that stops the notebook.
c.ClearSolutions.code_stub = {"python": "# Write your code here, in place of the three dots.\n..."}
c.ClearSolutions.text_stub = "*Write your answer here.*"

# --- Autograde: submitted/ -> autograded/, gradebook.db --------------------------------------------------------------
# Repair before everything else, Judge between LimitOutput and SaveAutoGrades, time limits: all set in one place, so
# that `autograder grade` and an nbgrader course of one's own set the same.
from autograder.grading import configure  # noqa: E402

configure(c)
