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
    with Judging(folder, workplace, module, seconds) as judging:
        for name in names:
            yield judging.outcome(name)


class Judging:
    """A judging process, started when it is needed and again when a document ended it or made it hang."""

    def __init__(self, folder: Path, workplace: Path, module: str = "child", seconds: float = SECONDS) -> None:
        self.folder, self.workplace, self.module, self.seconds = folder, workplace, module, seconds
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Judging":
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def outcome(self, name: str) -> dict:
        """Return what came of a document in the folder: what its process said of it, or how it escaped."""
        if self._process is None:
            self._start()
        print(name, file=self._process.stdin, flush=True)
        try:
            line = self._lines.get(timeout=self.seconds)
        except Empty:
            self._end()
            return {"name": name, "escaped": f"still at work after {self.seconds} s", "did": []}
        if line is None:
            status = self._process.wait()
            self._end()
            return {"name": name, "escaped": f"the process ended with {status}: {''.join(self._said)[-500:]}",
                    "did": []}
        return json.loads(line)

    def _start(self) -> None:
        root = str(Path(__file__).parents[3])
        environment = os.environ | {"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"autograder.tests.hostile.{self.module}", str(self.folder)], cwd=self.workplace,
            env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._lines: Queue[str | None] = Queue()
        self._said: list[str] = []
        self._readers = [Thread(target=_read, args=(self._process.stdout, self._lines)),
                         Thread(target=self._said.extend, args=(self._process.stderr,))]
        for reader in self._readers:
            reader.start()
        if self._lines.get(timeout=START_SECONDS) is None:
            self._end()
            raise RuntimeError(f"the judging process does not start: {''.join(self._said)[-500:]}")

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        for reader in self._readers:
            reader.join()
        with self._process:  # closes the pipes
            self._process = None


def _read(stream, lines: "Queue[str | None]") -> None:
    for line in stream:
        if line.startswith("{"):
            lines.put(line)
    lines.put(None)
