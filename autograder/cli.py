"""The command line: `python -m autograder COMMAND …`, also installed as `autograder`.

A user's mistake ends in one sentence on stderr and status 2; a check that fails ends in status 1.
"""

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

from autograder._version import __version__
from autograder.messages import _


def main(arguments: list[str] | None = None) -> None:
    """Run one command."""
    options = _parser().parse_args(arguments)
    from autograder.tasks import TaskError

    try:
        sys.exit(options.run(options))
    except TaskError as error:
        print(f"autograder: {error}", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description=_("Grade Keras models by their graphs."))
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_grade(commands)
    _add_reference(commands)
    _add_mutants(commands)
    return parser


def _add_grade(commands) -> None:
    command = commands.add_parser("grade", help=_("grade a cohort's submissions of one assignment"))
    command.add_argument("assignment", help=_("the assignment, a folder of the solutions"))
    command.add_argument("--submitted", type=Path, default=Path("submitted"), metavar="DIR",
                         help=_("submissions as DIR/student/assignment/notebook.ipynb (default: submitted)"))
    command.add_argument("--course", type=Path, default=Path(), metavar="DIR",
                         help=_("where gradebook, feedback and grades go (default: here)"))
    command.add_argument("--jobs", type=int, metavar="N", help=_("submissions at a time (default: one a core)"))
    command.add_argument("--seconds-per-cell", type=int, metavar="S", help=_("stop a cell that runs longer"))
    command.add_argument("--json", action="store_true", help=_("print the grades as JSON"))
    command.set_defaults(run=_grade)


def _grade(options: argparse.Namespace) -> int:
    from autograder.grading import command

    limits = {"seconds_per_cell": options.seconds_per_cell} if options.seconds_per_cell else {}
    return command.run(options.assignment, submitted=options.submitted, course=options.course, jobs=options.jobs,
                       as_json=options.json, **limits)


def _add_reference(commands) -> None:
    command = commands.add_parser("reference", help=_("make the reference values from the solutions"))
    command.add_argument("assignment", nargs="*", help=_("assignments; all when none is named"))
    command.add_argument("--solutions", type=Path, default=Path("solutions"), help=_("the folder of the solutions"))
    command.add_argument("--seed", help=_("draw the hidden cases from a seed of your own, which you keep"))
    command.add_argument("--check", action="store_true", help=_("compare with the files that are there, write nothing"))
    command.set_defaults(run=_reference)


def import_keras_quietly() -> None:
    """Import Keras without TensorFlow's start-up messages, which no log level turns off and which look like errors."""
    stderr = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            importlib.import_module("keras")
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def _reference(options: argparse.Namespace) -> int:
    import_keras_quietly()
    from autograder import references

    stale = []
    for folder in _folders(options.solutions, options.assignment):
        public, hidden = references.make(folder, options.seed or references.DEFAULT_SEED)
        for path, content in ((references.public_path(folder), public), (folder / references.HIDDEN, hidden)):
            text = references.dump(content)
            if not options.check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                print(_("wrote {path}").format(path=path))
            elif not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(path)
    for path in stale:
        print(_("{path} does not follow from the solutions any more: run `python -m autograder reference`.").format(
            path=path), file=sys.stderr)
    return 1 if stale else 0


def _add_mutants(commands) -> None:
    command = commands.add_parser("mutants", help=_("examine the grader on right and wrong answers made for it"))
    command.add_argument("task", nargs="?", help=_("an assignment or a task; all when none is named"))
    command.add_argument("--solutions", type=Path, default=Path("solutions"), help=_("the folder of the solutions"))
    command.add_argument("--json", action="store_true", help=_("print the figures as JSON"))
    command.set_defaults(run=_mutants)


def _mutants(options: argparse.Namespace) -> int:
    import_keras_quietly()
    from autograder import exam, references

    assignment, _slash, short = (options.task or "").partition("/")
    results = []
    for folder in _folders(options.solutions, [assignment] if assignment else []):
        for result in exam.sit(folder, options.task if short else None):
            results.append(result)
            if not options.json:
                _print_exam(result)
    if short and not results:
        raise references.TaskError(_("There is no task {task}.").format(task=options.task))
    counts = exam.totals(results)
    failures = [failure for result in results for failure in result.failures()]
    if not assignment:
        failures += [_("no task has a wrong answer of the kind: {operator}").format(operator=operator)
                     for operator in exam.unmade(results)]
    if options.json:
        print(json.dumps({"totals": counts, "failures": failures,
                          "tasks": {result.task: result.by_operator() for result in results}}, indent=1))
    else:
        print(_("all tasks: {accepted} of {variants} right answers accepted; {rejected} of {wrong} wrong ones "
                "rejected, {named} named as what they are").format(**counts))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def _print_exam(result) -> None:
    print(f"{result.task}: {sum(trial.report.passed for trial in result.variants)}/{len(result.variants)} "
          + _("right answers accepted"))
    for operator, (made, rejected, named) in sorted(result.by_operator().items()):
        print(_("  {operator}: {made} made, {rejected} rejected, {named} named").format(
            operator=operator, made=made, rejected=rejected, named=named))
    for trial in result.survivors():
        print(_("  survivor: {operator}, {change}").format(operator=trial.kind, change=trial.change))


def _folders(solutions: Path, names: list[str]) -> list[Path]:
    """Return the folders of the named assignments, of all when none is named."""
    from autograder import references

    folders = references.assignments(solutions)
    unknown = set(names) - {folder.name for folder in folders}
    if unknown:
        raise references.TaskError(_("There is no assignment {name} in {folder}/; there are {known}.").format(
            name=sorted(unknown)[0], folder=solutions, known=", ".join(folder.name for folder in folders)))
    return [folder for folder in folders if not names or folder.name in names]
