"""Exercises: nbgrader's release step, from solutions/ to exercises/, without touching the repository's own gradebook.

nbgrader runs in a throw-away course: it empties what students write, removes hidden tests and outputs, and copies what
a student needs beside the notebook. Folders, stub texts and what never leaves solutions/ stand in nbgrader_config.py.
"""

import logging
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from autograder.tasks import is_released


class ReleaseError(ValueError):
    """nbgrader refused an assignment: one sentence that says which and why."""


def release(root: Path, solutions: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """Return every file of exercises/ that nbgrader makes of the released assignments, by its path below `root`.

    `solutions` are the solution notebooks, by their path below `root`; files beside them are taken from there.
    Raises ReleaseError.
    """
    files: dict[Path, bytes] = {}
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        course = Path(folder)
        config = _configuration(root, course)
        source = config.CourseDirectory.source_directory
        shutil.copytree(root / source, course / source, ignore=shutil.ignore_patterns("*.ipynb", ".*", "__pycache__"))
        for path, content in solutions.items():
            (course / path).write_bytes(content)
        for assignment in sorted({path.parent.name for path in solutions}):
            if is_released(root / source / assignment):
                _generate(assignment, config)
        released = course / config.CourseDirectory.release_directory
        for path in sorted(released.rglob("*")):
            if path.is_file():
                files[path.relative_to(course)] = path.read_bytes()
    return files


def _configuration(root: Path, course: Path) -> Config:
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}"
    return config


def _generate(assignment: str, config: Config) -> None:
    said: list[str] = []
    course = CourseDirectory(config=config, assignment_id=assignment)
    converter = GenerateAssignment(coursedir=course, config=config)
    converter.log = _listener(said)
    try:
        converter.start()
    except Exception as error:
        # nbgrader logs tracebacks, the cause first, and raises an error that points to its log, which nobody sees here.
        raised = [line for line in said if re.match(r"[\w.]*(Error|Exception): ", line)]
        reason = raised[0].split(": ", 1)[1] if raised else str(error)
        raise ReleaseError(f"nbgrader cannot release the assignment {assignment!r}: {reason}") from error


def _listener(said: list[str]) -> logging.Logger:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.extend(record.getMessage().splitlines())

    logger = logging.Logger("release", level=logging.ERROR)
    logger.addHandler(Keep())
    return logger
