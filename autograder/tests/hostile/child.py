"""Judge documents in a process of its own, limited in memory, and say what it did: one line of JSON for each.

    python -m autograder.tests.hostile.child FOLDER     names of documents on standard input, a line each

A first line, {}, says that the process is ready.

Audit events tell of every file opened, module imported, process started and socket made while a document is judged;
wrapped functions tell of code that is run or loaded.
"""

import builtins
import json
import os
import pickle
import resource
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

MEMORY = 6 * 2**30  # bytes of address space, of which TensorFlow takes more than half

_WATCHED = ("os.", "subprocess.", "socket.", "shutil.", "ctypes.", "urllib.", "webbrowser.", "pickle.", "tempfile.",
            "pty.", "http.", "ftplib.", "smtplib.", "import")
_OF_NO_EFFECT = ("os.listdir", "os.scandir")
_LIBRARIES = (sys.prefix, sys.base_prefix)
_seen: list[str] = []
_watching = False


def watch(judging: Callable[[bytes], dict], folder: Path, names: Iterable[str]) -> None:
    """Judge documents by name, and print for each what came of it and what was done meanwhile."""
    global _watching
    sys.addaudithook(_note_event)
    for module, name in ((builtins, "eval"), (builtins, "exec"), (builtins, "breakpoint"), (builtins, "input"),
                         (os, "system"), (pickle, "loads")):
        setattr(module, name, _noted(name, getattr(module, name)))
    print("{}", flush=True)
    for name in map(str.strip, names):
        data, environment = (folder / name).read_bytes(), dict(os.environ)
        _seen.clear()
        _watching = True
        try:
            outcome = judging(data)
        except BaseException as error:  # noqa: BLE001 - whatever gets through is what the test is about
            outcome = {"escaped": f"{type(error).__name__}: {error}"[:500]}
        _watching = False
        if environment != dict(os.environ):
            _seen.append("the environment was changed")
        print(json.dumps({"name": name, "did": _seen, **outcome}), flush=True)


def limit_memory() -> None:
    """Let allocations beyond MEMORY fail, before anything large is imported."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _note_event(event: str, arguments: tuple) -> None:
    if not _watching or event in _OF_NO_EFFECT:
        return
    if event == "open":
        path, mode, _flags = arguments
        if set("wax+") & set(str(mode)) or not str(path).startswith(_LIBRARIES):
            _seen.append(f"open {path} {mode}"[:200])
    elif event.startswith(_WATCHED):
        _seen.append(f"{event} {arguments!r}"[:200])


def _noted(name: str, original: Callable) -> Callable:
    def call(*arguments, **keywords):
        if _watching:
            _seen.append(f"{name} {arguments!r}"[:200])
        return original(*arguments, **keywords)
    return call


def main() -> None:
    """Judge the documents named on the command line as the grader does."""
    limit_memory()
    import keras

    from autograder import references
    from autograder.tests.hostile.documents import TASK, between, evidence, keras_object, right, settings
    from autograder.verdict import judge

    task, visible = references.tasks_known()[TASK], references.visible(TASK)

    def judging(data: bytes) -> dict:
        try:
            content = json.loads(data)  # as the reader of notebooks does
        except (ValueError, RecursionError):
            content = None
        report = judge(task, content, visible)
        page = report._repr_html_() if report.graph is None else ""  # a drawing writes a file for Graphviz
        return {"score": report.score, "max_score": report.max_score, "text": str(report), "page": page,
                "findings": [finding.to_dict() for finding in report.findings]}

    wrong, impossible = right(), right()
    between(wrong, keras_object("keras.layers", "Activation", {"name": "more", "activation": "tanh"}, name="more"))
    settings(impossible).update(groups=7)
    for model in (right(), wrong, impossible):
        judging(evidence(model).encode())  # imports and compiles what is needed late
    keras.config.disable_traceback_filtering()
    watch(judging, Path(sys.argv[1]), sys.stdin)


if __name__ == "__main__":
    main()
