"""Documents that are Python code, run: what the judging process never does, so that its watch is seen to notice."""

import sys
from pathlib import Path

from autograder.tests.hostile.child import limit_memory, watch

_exec = exec  # before it is watched


def run(data: bytes) -> dict:
    """Run a document."""
    _exec(compile(data, "document", "exec"), {})
    return {"score": 0}


if __name__ == "__main__":
    limit_memory()
    watch(run, Path(sys.argv[1]), sys.stdin)
