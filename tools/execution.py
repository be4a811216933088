"""Executed chapters, out of the cache of the book build: whoever needs outputs first runs a chapter, and only once."""

import os
import re
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from nbformat import NotebookNode

CACHE = Path("_build/.jupyter_cache")  # where jupyter-book keeps it while execute.cache in _config.yml is empty
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class ChapterError(ValueError):
    """A chapter does not run: one sentence with the file and the error."""


def executed(root: Path, path: Path, notebook: NotebookNode) -> NotebookNode:
    """Return a chapter with its outputs; `notebook` is `path` as the book build reads it. Raises ChapterError.

    A chapter that is not in the cache is executed as the book build would do it and put there, so that the build that
    follows finds it. The cache knows a notebook by its code cells and its kernel: other text does not run it again.
    """
    cache = get_cache(root / CACHE)
    try:
        return cache.merge_match_into_notebook(notebook)[1]
    except KeyError:
        pass
    print(f"executing {path.relative_to(root)}", flush=True)
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["execute"]
    # No settings of a terminal or an editor may enter the outputs.
    os.environ.pop("COLUMNS", None)
    with TemporaryDirectory() if settings.get("run_in_temp") else nullcontext(path.parent) as folder:
        result = single_nb_execution(notebook, cwd=str(Path(folder).resolve()), timeout=settings.get("timeout", 30),
                                     allow_errors=False)
    if result.err is not None:
        reason = _COLOUR.sub("", str(result.err)).strip().splitlines()
        raise ChapterError(f"{path.relative_to(root)} does not run: {reason[-1]}\n" + "\n".join(reason[:-1]))
    cache.cache_notebook_bundle(CacheBundleIn(notebook, str(path), data={"execution_seconds": result.time}),
                                check_validity=False, overwrite=True)
    return notebook
