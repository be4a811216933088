"""An autograder that reads a student's Keras model as a graph.

`from autograder import check` is all that an exercise notebook needs. Names are loaded on first use, so that tools
which need no Keras (the command line's help, the graph as data) do not wait for its import.
"""

import os
from importlib import import_module

from autograder._version import __version__

# Must stand before TensorFlow is imported: with oneDNN on, strided 1x1 convolutions crash on some processors.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# The book, its references and its graders are TensorFlow's; numbers were checked there.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

# Not `autograder.check`: a module of that name would take the function's place as soon as anything imported it.
_HOMES = {"check": "autograder.checking", "grade_answer": "autograder.checking"}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'autograder' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
