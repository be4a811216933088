"""Measure: how long does a check take, and how long evidence and verdict, task by task?

    python tools/bench_judging.py [--rounds N] [--large]

After imports and one unmeasured round, the solution of each task is checked as its author's notebook would (`check`,
visible case, report and diagram), then run and judged on all cases, hidden ones too. The median of the rounds counts.
With --large the graphs of large networks are compared with themselves under other names. Figures depend on the machine.
"""

import argparse
import contextlib
import io
import json
import os
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
LARGE = ("InceptionV3", "ResNet152V2", "NASNetMobile", "NASNetLarge", "EfficientNetB7")


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure checks and verdicts.")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds (default: 5)")
    parser.add_argument("--large", action="store_true", help="compare the graphs of large networks, too")
    options = parser.parse_args()
    os.chdir(ROOT)
    print(f"{'task':34} {'check':>8} {'evidence + verdict':>20}")
    for id, answer, task, known, hidden in _solved():
        checking = _seconds(lambda id=id, answer=answer: _check(id, answer), options.rounds)
        judging = _seconds(lambda answer=answer, task=task, known=known, hidden=hidden: _judged(
            task, answer, known, hidden), options.rounds)
        print(f"{id:34} {checking:7.3f}s {judging:18.3f}s   {len(known) + len(hidden)} cases")
    if options.large:
        _print_large()
    return 0


def _solved():
    from autograder import references, tasks

    for folder in references.assignments(ROOT / "solutions"):
        hidden, solutions = references.hidden(folder), references.solutions_of(folder)
        for id, task in tasks.load(folder).items():
            yield id, solutions[task.function], task, references.visible(id), hidden[id]


def _check(id: str, answer) -> None:
    from autograder import check

    with contextlib.redirect_stdout(io.StringIO()):
        check(id, answer)._repr_html_()


def _judged(task, answer, known, hidden) -> None:
    from autograder.evidence import collect
    from autograder.verdict import judge

    sent = json.dumps(collect(task, answer, [reference.arguments for reference in [*known, *hidden]]))
    report = judge(task, json.loads(sent), known, hidden)
    if not report.passed:
        sys.exit(f"graphs-of-layers: the solution of {task.id} is rejected: run `make test`.")


def _seconds(measured, rounds: int) -> float:
    measured()
    return median(_once(measured) for _round in range(rounds))


def _once(measured) -> float:
    start = perf_counter()
    measured()
    return perf_counter() - start


def _print_large() -> None:
    import keras

    from autograder.graph.compare import equal
    from autograder.graph.model_graph import ModelGraph, from_keras

    for name in LARGE:
        with keras.StatelessScope(initialize_variables=False):
            graph = from_keras(getattr(keras.applications, name)(weights=None))
        again = ModelGraph.from_dict(json.loads(json.dumps(graph.to_dict())))
        print(f"{name:34} {_once(lambda one=graph, other=again: equal(one, other)):7.3f}s   {len(graph.graph)} nodes")


if __name__ == "__main__":
    sys.exit(main())
