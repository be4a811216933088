"""The grader's own exam: right answers in many styles must pass, wrong ones must fail and be named.

Each assignment's `variants.py` holds right answers written by hand, its `mistakes.py` wrong ones where a graph cannot
be mutated (a class, a compilation, a free design). All other wrong ones are mutants of the reference graphs.
"""

import json
import runpy
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder import evidence, mutants, references, tasks
from autograder.messages import _
from autograder.references import Reference
from autograder.tasks import Task
from autograder.verdict import Report, judge

NAMED_AT_LEAST = 0.99  # of the wrong answers must be rejected with a finding of the right kind
MUTANTS_AT_LEAST = 20  # a task


@dataclass(frozen=True)
class Trial:
    """One answer of the bank and what the grader made of it."""

    kind: str  # an operator's name, or "variant"
    change: str
    report: Report
    codes: frozenset[str] = frozenset()
    sent: Mapping = field(default_factory=dict, repr=False)  # the evidence, for other graders to look at

    @property
    def named(self) -> bool:
        """Whether some finding is of the kind that the mistake is known by."""
        return bool(self.codes & {finding.code for finding in self.report.findings})


@dataclass
class Result:
    """The exam of one task."""

    task: str
    variants: list[Trial] = field(default_factory=list)
    wrong: list[Trial] = field(default_factory=list)

    def without_evidence(self) -> "Result":
        """Return the result without what each answer sent and the graphs behind its report: small, to be handed on."""
        def slim(trials: list[Trial]) -> list[Trial]:
            return [replace(trial, sent={}, report=replace(trial.report, graph=None, reference=None))
                    for trial in trials]

        return Result(self.task, slim(self.variants), slim(self.wrong))

    def failures(self) -> list[str]:
        """Return what falls short of the bounds, a sentence each."""
        short = [_("{task}: the right answer {name} is rejected: {finding}").format(
            task=self.task, name=trial.change, finding=" ".join(str(trial.report.findings[0]).split()))
            for trial in self.variants if not trial.report.passed]
        named = sum(trial.named for trial in self.wrong)
        if named < NAMED_AT_LEAST * len(self.wrong):
            short.append(_("{task}: only {named} of {number} wrong answers are rejected and named.").format(
                task=self.task, named=named, number=len(self.wrong)))
        if len(self.wrong) < MUTANTS_AT_LEAST:
            short.append(_("{task}: only {number} wrong answers were made, {least} are needed.").format(
                task=self.task, number=len(self.wrong), least=MUTANTS_AT_LEAST))
        return short

    def survivors(self) -> list[Trial]:
        """Return the wrong answers that passed, or that no finding names as what they are."""
        return [trial for trial in self.wrong if not trial.named]

    def by_operator(self) -> dict[str, list[int]]:
        """Return for each operator how many wrong answers it made, how many were rejected, how many named."""
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for trial in self.wrong:
            for column, holds in enumerate((True, not trial.report.passed, trial.named)):
                counts[trial.kind][column] += holds
        return dict(counts)


def sit(folder: Path, only: str | None = None) -> Iterator[Result]:
    """Examine the grader on each task of an assignment's solution folder."""
    variants = _bank(folder / "variants.py", "VARIANTS")
    mistakes = _bank(folder / "mistakes.py", "MISTAKES")
    hidden = references.hidden(folder)
    for id, task in tasks.load(folder).items():
        if only in (None, id):
            known = [*hidden[id], *references.visible(id)]
            yield Result(id, [_trial(task, known, "variant", _name(answer), answer) for answer in variants.get(id, [])],
                         [*_mutants(task, known), *_mistakes(task, known, mistakes.get(id, []))])


def _trial(task: Task, known: list[Reference], kind: str, change: str, answer: Callable,
           codes: frozenset[str] = frozenset()) -> Trial:
    sent = json.loads(json.dumps(evidence.collect(task, answer, [reference.arguments for reference in known])))
    return Trial(kind, change, judge(task, sent, known), codes, sent)


def _mutants(task: Task, known: list[Reference]) -> Iterator[Trial]:
    """Judge mutants on a hidden case: its sizes are small, and one case is harder for the grader than several.

    Where an operator finds no place in it (without a projection, other numbers of channels do not add), it is tried on
    the other cases.
    """
    if task.answer not in ("tensor", "model"):
        return
    made: set[str] = set()
    for right in known:
        found = list(mutants.of_graph(right.graph, task.freedoms, task.named, without=made))
        made |= {mutant.operator for mutant in found}
        for mutant in found:
            sent = {"cases": [{"arguments": right.arguments, "model": mutant.model}]}
            yield Trial(mutant.operator, mutant.change, judge(task, sent, [right]), mutant.codes, sent)


def _mistakes(task: Task, known: list[Reference], bank: list) -> Iterator[Trial]:
    for kind, answer, codes in bank:
        yield _trial(task, known, kind, _name(answer), answer, frozenset(codes))


def _bank(path: Path, name: str) -> Mapping[str, list]:
    return runpy.run_path(str(path))[name] if path.is_file() else {}


def _name(answer: Callable) -> str:
    return getattr(answer, "__name__", repr(answer))


def unmade(results: list[Result]) -> list[str]:
    """Return the operators of which no task has a wrong answer: what was never made was never examined."""
    made = {trial.kind for result in results for trial in result.wrong}
    return [name for name in mutants.OPERATORS if name not in made]


def totals(results: list[Result]) -> Counter:
    """Return the figures over all tasks: variants, accepted, wrong, rejected, named."""
    counts: Counter = Counter()
    for result in results:
        counts["variants"] += len(result.variants)
        counts["accepted"] += sum(trial.report.passed for trial in result.variants)
        counts["wrong"] += len(result.wrong)
        counts["rejected"] += sum(not trial.report.passed for trial in result.wrong)
        counts["named"] += sum(trial.named for trial in result.wrong)
    return counts
