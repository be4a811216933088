"""Measure: how many submissions a minute do stock nbgrader and this grader grade?

    python tools/bench.py [--copies N] [--jobs N] [--json]

Both grade the same right submissions of the sample cohort, one after the other, in one run, each in a folder of its own
that is thrown away. Stock is `nbgrader autograde` as it comes, with nothing configured but the folder names: one
process, visible cases only. Ours is the whole way of `autograder grade`: hidden cases, verdicts outside the student's
process, gradebook, CSV and feedback pages. Figures depend on the machine and what else runs on it; trust the ratio.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from nbgrader.api import Gradebook

from autograder.grading.cohort import grade

ROOT = Path(__file__).resolve().parent.parent
COHORT = ROOT / "autograder" / "tests" / "cohort" / "submitted"
ASSIGNMENT = "inception"
# Right in four styles, whole notebooks, and no output on stderr: stock gives a right answer that warns 0 points.
RIGHT = ("plain", "loop_over_branches", "nested_models", "activation_layers")
STOCK = """
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = ["*.md", "task.toml", "hidden*"]
"""


def course(folder: Path, config: str, copies: int) -> Path:
    """Make a course with `copies` of each right submission."""
    for name in ("solutions", "exercises"):
        shutil.copytree(ROOT / name / ASSIGNMENT, folder / name / ASSIGNMENT)
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
    for student in RIGHT:
        for number in range(1, copies + 1):
            shutil.copytree(COHORT / student, folder / "submitted" / f"{student}-{number}")
    return folder


def stock(folder: Path) -> float:
    """Grade with `nbgrader autograde` and return the seconds it took, start-up included."""
    nbgrader = [sys.executable, "-m", "nbgrader"]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    # The assignment has to be in the gradebook first; that is no part of grading.
    for step, timed in (("generate_assignment", False), ("autograde", True)):
        start = perf_counter()
        finished = subprocess.run(
            [*nbgrader, step, ASSIGNMENT, "--force"], cwd=folder, env=environment, capture_output=True, text=True,
            check=False)
        if finished.returncode:
            sys.exit(f"nbgrader {step} failed:\n{finished.stderr[-3000:]}")
        if timed:
            return perf_counter() - start
    raise AssertionError


def ours(folder: Path, jobs: int) -> float:
    """Grade with `autograder grade` and return the seconds it took, start-up included."""
    start = perf_counter()
    grade(ASSIGNMENT, submitted=folder / "submitted", course=folder, jobs=jobs)
    return perf_counter() - start


def scores(folder: Path) -> dict[str, float]:
    """Return each submission's points in the gradebook."""
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        return {book.student.id: book.score for book in gradebook.assignment_submissions(ASSIGNMENT)}


def main() -> int:
    """Run both and print what they took."""
    parser = argparse.ArgumentParser(description="Measure stock nbgrader against this grader.")
    parser.add_argument("--copies", type=int, default=1, help="copies of each of the four submissions (default: 1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes of ours (default: processors)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    count = len(RIGHT) * options.copies
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        stocks = course(Path(scratch, "stock"), STOCK, options.copies)
        own = course(Path(scratch, "ours"), (ROOT / "nbgrader_config.py").read_text("utf-8"), options.copies)
        # A first start compiles bytecode and fills the disk cache; neither side should pay for the other.
        subprocess.run([sys.executable, "-c", "import keras, nbgrader.apps"], check=True, capture_output=True)
        seconds = {"stock nbgrader, 1 process": stock(stocks), f"ours, --jobs {options.jobs}": ours(own, options.jobs)}
        if scores(stocks) != scores(own):
            sys.exit(f"The scores differ: stock {scores(stocks)}, ours {scores(own)}")
    rates = {name: 60 * count / took for name, took in seconds.items()}
    first, second = rates.values()
    if options.json:
        figures = {"submissions": count, "seconds": seconds, "per_minute": rates, "ratio": second / first,
                   "processors": os.cpu_count(), "machine": platform.machine()}
        print(json.dumps(figures, indent=2))
        return 0
    print(f"{count} right submissions, {os.cpu_count()} processors, same scores on both sides")
    for name, took in seconds.items():
        print(f"  {name:26} {took:6.1f} s  {rates[name]:6.1f} submissions a minute")
    print(f"  ratio {second / first:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
