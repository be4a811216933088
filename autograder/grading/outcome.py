"""What a grading run found out, as data."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from autograder.grading.record import Remark


class Status(StrEnum):
    """How a submission went through, from what needs no look to what needs one first."""

    GRADED = "graded"
    MENDED = "mended"  # graded after a repair of the notebook
    STOPPED = "stopped"  # a time limit or a crash ended a cell or the run; what came before is graded
    VOID = "void"  # nothing to grade: no notebook, or none that can be read; 0 points
    FAILED = "failed"  # the grader failed, not the student: 0 points until somebody has looked


@dataclass(frozen=True)
class TaskGrade:
    """Points of one graded cell; `score` is None while the cell waits for a person."""

    score: float | None
    max_score: float
    findings: tuple[dict, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One submission after grading."""

    student: str
    status: Status
    tasks: dict[str, TaskGrade]
    penalty: float
    remarks: tuple[Remark, ...]

    @property
    def total(self) -> float:
        """Points so far, after a late penalty."""
        return max(0.0, sum(task.score or 0.0 for task in self.tasks.values()) - self.penalty)

    @property
    def max_total(self) -> float:
        """Points that could be reached."""
        return sum(task.max_score for task in self.tasks.values())

    @property
    def by_hand(self) -> list[str]:
        """Names of the cells that wait for a person."""
        return [name for name, task in self.tasks.items() if task.score is None]


@dataclass(frozen=True)
class CohortResult:
    """A graded cohort, sorted by student, and where its files lie."""

    assignment: str
    outcomes: tuple[Outcome, ...]
    grades: Path
    feedback: Path
    gradebook: str
    failures: Path | None
    protection: str = "none"

    def to_dict(self) -> dict:
        """Return the result as JSON values."""
        return {
            "assignment": self.assignment,
            "protection": self.protection,
            "grades": str(self.grades),
            "feedback": str(self.feedback),
            "gradebook": self.gradebook,
            "failures": str(self.failures) if self.failures else None,
            "submissions": [
                {
                    "submission": outcome.student,
                    "status": outcome.status.value,
                    "total": outcome.total,
                    "max_total": outcome.max_total,
                    "penalty": outcome.penalty,
                    "by_hand": outcome.by_hand,
                    "tasks": {name: asdict(task) for name, task in outcome.tasks.items()},
                    "remarks": [asdict(remark) for remark in outcome.remarks],
                }
                for outcome in self.outcomes
            ],
        }
