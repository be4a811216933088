"""Executed chapters, out of the cache of the book build: whoever needs outputs first runs a chapter, and only once."""

import copy
import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
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
    fill_cache(root, [(path, notebook)])
    return get_cache(root / CACHE).merge_match_into_notebook(notebook)[1]


def fill_cache(root: Path, chapters: Iterable[tuple[Path, NotebookNode]], jobs: int = 1) -> None:
    """Execute the chapters that are not in the cache, a number of them at a time. Raises ChapterError.

    One chapter keeps one core busy, at the start of its kernel and the import of Keras above all.
    """
    cache = get_cache(root / CACHE)
    missing = [(path, copy.deepcopy(notebook)) for path, notebook in chapters if not _is_cached(cache, notebook)]
    if not missing:
        return
    # No settings of a terminal or an editor may enter the outputs.
    os.environ.pop("COLUMNS", None)
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["execute"]
    with ThreadPoolExecutor(jobs) as pool:  # the work is done by the kernels, processes of their own
        running = {pool.submit(_run, root, path, notebook, settings): (path, notebook) for path, notebook in missing}
        try:
            for done in as_completed(running):
                path, notebook = running[done]
                seconds = done.result()
                cache.cache_notebook_bundle(CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds}),
                                            check_validity=False, overwrite=True)
        except ChapterError:
            pool.shutdown(cancel_futures=True)
            raise


def _is_cached(cache, notebook: NotebookNode) -> bool:
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def _run(root: Path, path: Path, notebook: NotebookNode, settings: dict) -> float:
    """Execute a chapter in place; return the seconds that it took."""
    print(f"executing {path.relative_to(root)}", flush=True)
    with TemporaryDirectory() if settings.get("run_in_temp") else nullcontext(path.parent) as folder:
        result = single_nb_execution(notebook, cwd=str(Path(folder).resolve()), timeout=settings.get("timeout", 30),
                                     allow_errors=False)
    if result.err is not None:
        reason = _COLOUR.sub("", str(result.err)).strip().splitlines()
        raise ChapterError(f"{path.relative_to(root)} does not run: {reason[-1]}\n" + "\n".join(reason[:-1]))
    return result.time
