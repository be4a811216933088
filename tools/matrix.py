"""Execute every chapter with the versions pinned here and with Colab's, and write which chapters ran where.

    python tools/matrix.py [--jobs N] [CHAPTER …]

Colab's versions go into an environment of their own, `.venv-colab`, made with uv from PyPI; it needs Python 3.12 or
3.11. Each notebook is copied alone into a folder that is thrown away, and there nothing of this repository can be
imported: what runs here runs for a reader of it in Colab. The table goes to book/data/matrix.json,
which the appendix on the environment shows; naming chapters renews only their rows. Status 1 if a chapter fails.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from environment import provide_dot

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "book" / "data" / "matrix.json"
COLAB = ROOT / ".venv-colab"
PYTHONS = ("3.12", "3.11")  # Colab's first; TensorFlow 2.19 has no wheels for later ones
# What Colab has shipped since the middle of 2025 (googlecolab/colabtools#5489), and what executes notebooks.
NEEDS = ("tensorflow==2.19.*", "keras==3.10.*", "numpy", "scikit-learn", "matplotlib", "pydot", "pygraphviz",
         "nbclient", "ipykernel")
OURS = ("autograder", "tools")  # what no chapter may import
TIMEOUT = 600  # seconds for one cell

VERSIONS = """
import importlib.metadata, json, platform
names = "tensorflow", "keras", "numpy", "scikit-learn", "matplotlib", "pydot"
versions = {name: importlib.metadata.version(name) for name in names}
print(json.dumps({"python": platform.python_version(), **versions}))
"""
EXECUTE = """
import json, sys
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

error = ""
try:
    NotebookClient(nbformat.read(sys.argv[1], 4), timeout=int(sys.argv[2]), kernel_name="python3").execute()
except CellExecutionError as failure:
    error = f"{failure.ename}: {failure.evalue}"
except (CellTimeoutError, DeadKernelError) as failure:
    error = f"{type(failure).__name__}: {failure}"
with open(sys.argv[3], "w", encoding="utf-8") as report:
    json.dump(error, report)
"""


class MatrixError(Exception):
    """Nothing could be executed; the message is one sentence for a person."""


@dataclass(frozen=True)
class Environment:
    """A Python with its packages; `title` is what a reader knows it by."""

    name: str
    title: str
    python: Path


def make_colab(folder: Path) -> Path:
    """Make the environment with Colab's versions, unless it is there; return its Python."""
    python = folder / "bin" / "python"
    stamp, wanted = folder / ".ready", "\n".join(NEEDS)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    for version in PYTHONS:
        if _uv("venv", "--quiet", "--clear", "--no-python-downloads", "--python", version, folder) is None:
            break
    else:
        raise MatrixError("The versions of Colab need Python 3.12 or 3.11, and neither was found: install one "
                          "(https://www.python.org/downloads/) and run `make matrix` again.")
    print(f"installing Colab's versions into {folder.name}", flush=True)
    if failed := _uv("pip", "install", "--quiet", "--compile-bytecode", "--python", python, *NEEDS):
        raise MatrixError(f"Colab's versions could not be installed: {failed}")
    provide_dot(folder, python)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _uv(*arguments: object) -> str | None:
    """Run uv; return None if it went well, else what it said last."""
    done = subprocess.run([sys.executable, "-m", "uv", *map(str, arguments)], capture_output=True, text=True)
    return (done.stderr.strip() or "no reason given").splitlines()[-1] if done.returncode else None


def versions(python: Path) -> dict[str, str]:
    """Return the versions of Python and of what the chapters use, in an environment."""
    return json.loads(subprocess.run([python, "-c", VERSIONS], capture_output=True, text=True, check=True).stdout)


def execute(python: Path, notebook: Path) -> str:
    """Execute a copy of a notebook, alone; return "" or the error of the cell that stopped it."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        alone = folder / "alone"
        alone.mkdir()
        shutil.copy(notebook, alone)
        for package in OURS:  # stands before the installed one, wherever that is
            (alone / f"{package}.py").write_text(f'raise ImportError("{package} is not on Colab")\n', encoding="utf-8")
        report = folder / "report.json"
        done = subprocess.run([python, "-c", EXECUTE, alone / notebook.name, str(TIMEOUT), report], cwd=alone,
                              env=_surroundings(python, folder), capture_output=True, text=True)
        if not report.is_file():
            return f"not executed: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}"
        return " ".join(json.loads(report.read_text(encoding="utf-8")).split())[:200]


def _surroundings(python: Path, folder: Path) -> dict[str, str]:
    """Return the variables of a reader's machine: kernels and packages of this environment, nothing set by hand."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "JUPYTER", "KERAS", "TF_", "VIRTUAL_ENV"))}
    return kept | {"PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", "")]), "HOME": str(folder),
                   "JUPYTER_PREFER_ENV_PATH": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def matrix(environments: list[Environment], notebooks: list[Path], jobs: int = 1) -> dict[str, dict[str, str]]:
    """Execute every notebook in every environment; return {chapter: {environment: error or ""}}."""
    pairs = list(product(notebooks, environments))
    with ThreadPoolExecutor(jobs) as pool:
        errors = pool.map(lambda pair: execute(pair[1].python, pair[0]), pairs)
        table: dict[str, dict[str, str]] = {}
        for (notebook, environment), error in zip(pairs, errors, strict=True):
            table.setdefault(notebook.stem, {})[environment.name] = error
            print(f"{notebook.stem:32} {environment.name:8} {error or 'ran'}", flush=True)
    return table


def renewed(old: dict, environments: list[dict], rows: dict[str, dict[str, str]], chapters: list[str]) -> dict:
    """Return the table with new rows, in the order of the chapters; rows from other versions are dropped."""
    kept = old.get("chapters", {}) if old.get("environments") == environments else {}
    known = kept | rows
    return {"environments": environments, "chapters": {name: known[name] for name in chapters if name in known}}


def main(arguments: list[str] | None = None) -> int:
    """Execute, print and write; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapter", nargs="*", help="a notebook's name without .ipynb; all of book/ if none is named")
    parser.add_argument("--jobs", type=int, default=1, help="how many notebooks to execute at a time")
    options = parser.parse_args(arguments)
    notebooks = sorted((ROOT / "book").glob("*.ipynb"))
    chosen = [path for path in notebooks if not options.chapter or path.stem in options.chapter]
    if not chosen:
        parser.error(f"no such chapter; there are {', '.join(path.stem for path in notebooks)}")
    try:
        # Not resolved: the link in the environment's bin is what makes it one.
        environments = [Environment("pinned", "Pinned", Path(sys.executable)),
                        Environment("colab", "Colab", make_colab(COLAB))]
    except MatrixError as error:
        print(error, file=sys.stderr)
        return 2
    rows = matrix(environments, chosen, options.jobs)
    described = [{"name": one.name, "title": one.title, "versions": versions(one.python)} for one in environments]
    old = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.is_file() else {}
    table = renewed(old, described, rows, [path.stem for path in notebooks])
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(json.dumps(table, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(error for row in rows.values() for error in row.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
