"""What of a student's folder reaches the grader: the assignment's notebooks, and ordinary files beside them."""

import os
import shutil
from pathlib import Path

from autograder.grading.record import Remark
from autograder.messages import _


def take_in(submission: Path, release: Path, destination: Path) -> tuple[list[Remark], str]:
    """Copy a submission to `destination` under the names that the release has.

    Links are not followed and not copied: they could point at other students' files. Returns the remarks, and a
    sentence that says why there is nothing to grade, or "". In that case the release's notebooks stand in, so that
    nbgrader has something to enter into its gradebook.
    """
    destination.mkdir(parents=True)
    expected = sorted(path.name for path in release.glob("*.ipynb"))
    files = dict(_ordinary_files(submission))
    remarks = []
    missing = [name for name in expected if name not in files]
    strangers = [name for name in files if name.endswith(".ipynb") and name not in expected and os.sep not in name]
    if len(missing) == len(strangers) == 1:
        # A browser or Colab renamed it: "inception (1).ipynb", "Copy of inception.ipynb".
        files[missing[0]] = files.pop(strangers[0])
        remarks.append(
            Remark(
                "renamed-file",
                "",
                _("The notebook was submitted under another name; it was graded as “{name}”.").format(name=missing[0]),
            )
        )
        missing = []
    void = ""
    if missing:
        void = _("The notebook “{name}” was not submitted.").format(name=missing[0])
        files |= {name: release / name for name in expected}
    for name, path in files.items():
        if name.endswith(".ipynb") and name not in expected:
            continue
        (destination / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, destination / name)
    return remarks, void


def _ordinary_files(folder: Path):
    """Yield (name relative to the folder, path) of the regular files in it."""
    for directory, _folders, names in os.walk(folder):
        for name in sorted(names):
            path = Path(directory, name)
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder)), path
