"""Measure: how long does the book take to build, beside stock `jupyter-book build` on the same sources?

    python tools/bench_book.py [--chapters N] [--json]

Each is built in a folder of its own that is thrown away: cold (every chapter is executed), warm (nothing has changed),
and after a change of the code of one chapter; both take turns. Stock has the same chapters and the same execution, and
nothing else of our configuration: no local extensions, no theme options, its own MathJax from another host. It does not
know our directives and roles and says so; that is no failure here. Figures depend on the machine and what else runs on
it; trust the ratios.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("book", "exercises", "autograder/data")
STOCK = ("title", "author", "only_build_toc_files", "exclude_patterns", "execute", "parse", "bibtex_bibfiles")
BOOKS = ("ours", "stock")
STEPS = ("cold", "warm", "one chapter changed")
CHANGED = "\n```{code-cell} ipython3\nprint('changed')\n```\n"


def chapters(contents: dict) -> list[str]:
    """Return the notebooks among the pages of _toc.yml, those that are written."""
    pages = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [page for page in pages if (ROOT / f"{page}.ipynb").is_file() and (ROOT / f"{page}.md").is_file()]


def prepare(folder: Path, pages: list[str], stock: bool) -> None:
    """Copy the sources of a book of these pages, with our configuration or the part of it that stock has."""
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    if stock:
        config = {name: config[name] for name in STOCK}
    contents = {"format": "jb-book", "root": "book/index", "chapters": [{"file": page} for page in pages]}
    for name, content in (("_config.yml", config), ("_toc.yml", contents)):
        (folder / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def build(folder: Path) -> float:
    """Build a book; return the seconds that it took."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "."]
    start = perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                          env=os.environ | {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"})
    seconds = perf_counter() - start
    if done.returncode:
        sys.exit(f"graphs-of-layers: the book in {folder} was not built:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return seconds


def measure(folder: Path, pages: list[str]) -> dict[str, dict[str, float]]:
    """Return the seconds of each step, ours and stock; both take turns, so that they meet the same machine."""
    seconds: dict[str, dict[str, float]] = {step: {} for step in STEPS}
    for name in BOOKS:
        prepare(folder / name, pages, stock=name == "stock")
    for step in STEPS:
        for name in BOOKS:
            if step == "one chapter changed":
                with (folder / name / f"{pages[0]}.md").open("a", encoding="utf-8") as chapter:
                    chapter.write(CHANGED)
            seconds[step][name] = build(folder / name)
    return seconds


def main(arguments: list[str] | None = None) -> None:
    """Measure both and print the seconds and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chapters", type=int, help="only the first N chapters; all if it is not given")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = chapters(contents)[:options.chapters]
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), pages)
    if options.json:
        print(json.dumps({"chapters": len(pages), "seconds": figures}))
        return
    print(f"{f'a book of {len(pages)} chapters':24} {'ours':>8} {'stock':>8}   ours / stock")
    for step, seconds in figures.items():
        ours, stock = seconds["ours"], seconds["stock"]
        print(f"{step:24} {ours:7.1f}s {stock:7.1f}s   {ours / stock:.2f}")


if __name__ == "__main__":
    main()
