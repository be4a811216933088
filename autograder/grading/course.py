"""An nbgrader course: its configuration, its folders, its API."""

import re
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader


class Course(CourseDirectory):
    """nbgrader's course directory, with the folders of an assignment by name."""

    @classmethod
    def open(cls, root, config: Config) -> "Course":
        """Return the course at `root`, whatever the process's working directory."""
        return cls(config=config, root=str(root))

    def format_path(self, nbgrader_step, student_id, assignment_id, escape=False):
        """Return the folder of a step; as nbgrader's, but a step outside the course is safe inside a pattern, too."""
        step = re.escape(nbgrader_step) if escape else nbgrader_step
        return super().format_path(step, student_id, assignment_id, escape)

    def source_of(self, assignment: str) -> Path:
        """Folder with the instructor's notebooks and task.toml."""
        return Path(self.format_path(self.source_directory, ".", assignment))

    def release_of(self, assignment: str) -> Path:
        """Folder with the notebooks that students opened."""
        return Path(self.format_path(self.release_directory, ".", assignment))

    def autograded_of(self, assignment: str, student: str) -> Path:
        """Folder with a student's graded notebooks."""
        return Path(self.format_path(self.autograded_directory, student, assignment))

    def api(self, config: Config) -> NbGraderAPI:
        """nbgrader's own API over this course."""
        return NbGraderAPI(self, config=config)


def load_config(root: Path) -> Config:
    """Return what the course's nbgrader_config.py sets; without that file nbgrader's defaults hold."""
    if not (root / "nbgrader_config.py").is_file():
        return Config()
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
