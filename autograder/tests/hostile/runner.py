"""Run documents through the judging process, one after the other; a process that ends or hangs costs one document."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

START_SECONDS = 180  # to import Keras on a busy machine
SECONDS = 20  # for a document; judging takes a small part of it, so that what is ended here hangs


def judged(folder: Path, names: Sequence[str], workplace: Path, module: str = "child",
           seconds: float = SECONDS) -> Iterator[dict]:
    """Yield the outcome of each document in a folder, in order; `workplace` is where the judging process works."""
    waiting = list(names)
    while waiting:
        for outcome in _in_one_process(folder, tuple(waiting), workplace, module, seconds):
            waiting.remove(outcome["name"])
            yield outcome


def _in_one_process(folder: Path, names: Sequence[str], workplace: Path, module: str,
                    seconds: float) -> Iterator[dict]:
    """Yield outcomes until all are there, or until the process ends or hangs, which is an outcome, too."""
    command = [sys.executable, "-m", f"autograder.tests.hostile.{module}", str(folder), *names]
    root = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with subprocess.Popen(command, cwd=workplace, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        lines: Queue[str | None] = Queue()
        said: list[str] = []
        readers = [Thread(target=_read, args=(process.stdout, lines)),
                   Thread(target=lambda: said.extend(process.stderr))]
        for reader in readers:
            reader.start()
        for number, name in enumerate(names):
            patience = seconds if number else START_SECONDS
            try:
                line = lines.get(timeout=patience)
            except Empty:
                yield {"name": name, "escaped": f"still at work after {patience} s", "did": []}
                break
            if line is None:
                process.wait()
                readers[1].join()
                last = "".join(said)[-500:]
                yield {"name": name, "escaped": f"the process ended with {process.returncode}: {last}", "did": []}
                break
            yield json.loads(line)
        process.kill()
        for reader in readers:
            reader.join()


def _read(stream, lines: "Queue[str | None]") -> None:
    for line in stream:
        if line.startswith("{"):
            lines.put(line)
    lines.put(None)
