"""Regenerate every .ipynb of the repository, or check that none has drifted from its source.

    python tools/notebooks.py            chapters (with outputs), solutions, exercises
    python tools/notebooks.py --check    compare with the files, execute nothing, write nothing
    python tools/notebooks.py --execute  execute the chapters that changed, for the book build; write nothing

People write the .md files; Colab and nbgrader need .ipynb. What differs from run to run or from machine to machine
without meaning anything (addresses, versions, messages on stderr) is left out, so that equal sources give equal bytes.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import nbformat
from crossrefs import Library, Roles
from drawings import is_drawing, number_nodes
from execution import executed, fill_cache
from myst_markdown import Place, figure_text, read_notebook, to_markdown
from myst_nb.core.read import is_myst_markdown_notebook
from nbformat import NotebookNode, v4

from exercises import release

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "make notebooks"
Chapter = tuple[Path, NotebookNode]  # its source, and the notebook that it is
# What only the book build and the ledger read.
PRIVATE_METADATA = {"mystnb", "ledger"}


def main(arguments: list[str] | None = None) -> int:
    """Regenerate or check; return the exit status."""
    parser = argparse.ArgumentParser(description="Regenerate every .ipynb from its .md.")
    parser.add_argument("--check", action="store_true", help="compare with the files; execute and write nothing")
    parser.add_argument("--execute", action="store_true", help="execute the chapters that changed; write nothing")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="chapters at a time (default: 2)")
    options = parser.parse_args(arguments)
    # nbgrader calls alembic, drawings call dot: both are looked for beside this Python.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    try:
        if options.execute:
            fill_cache(ROOT, _notebooks(ROOT / "book", "*.md"), options.jobs)
            return 0
        return check(ROOT) if options.check else regenerate(ROOT, options.jobs)
    except ValueError as error:
        print(f"graphs-of-layers: {error}", file=sys.stderr)
        return 1


def regenerate(root: Path, jobs: int = 2) -> int:
    """Write every generated file that is not yet as it should be; remove those that have no source."""
    files = generated(root, lambda path, notebook: executed(root, path, notebook),
                      prepare=lambda chapters: fill_cache(root, chapters, jobs))
    for path, content in files.items():
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(f"wrote {path.relative_to(root)}")
    for path in _without_source(root, files):
        path.unlink()
        print(f"removed {path.relative_to(root)}, which has no source")
    return 0


def check(root: Path) -> int:
    """Print what differs from what the sources give; return 1 if anything does."""
    files = generated(root, stored_outputs)
    found = [f"{path.relative_to(root)}: {difference(path, content)}" for path, content in files.items()
             if not path.is_file() or path.read_bytes() != content]
    found += [f"{path.relative_to(root)}: has no source" for path in _without_source(root, files)]
    found += [f"{path.relative_to(root)}: holds no outputs" for path in files
              if path.parent.name == "book" and path.is_file() and not holds_outputs(path)]
    if found:
        print(f"Generated notebooks are not what their sources give. Run `{COMMAND}` and commit what it changes.",
              *found, sep="\n  ", file=sys.stderr)
    return 1 if found else 0


def generated(root: Path, with_outputs: Callable[[Path, NotebookNode], NotebookNode],
              prepare: Callable[[Iterable[Chapter]], object] = lambda chapters: None) -> dict[Path, bytes]:
    """Return the content of every generated file; `with_outputs(source, notebook)` fills a chapter's code cells.

    `prepare` is called once with all chapters, when their texts are known to be right.
    """
    library = Library(root)
    # Everything that can be wrong in a text is found here, before minutes go into executing chapters.
    solutions = {path.with_suffix(".ipynb").relative_to(root): serialised(plain(notebook, path, library))
                 for path, notebook in _notebooks(root / "solutions", "*/*.md")}
    chapters = list(_notebooks(root / "book", "*.md"))
    for path, notebook in chapters:
        plain(notebook, path, library)
    prepare(chapters)
    files = {path.with_suffix(".ipynb"): serialised(plain(with_outputs(path, notebook), path, library))
             for path, notebook in chapters}
    files |= {root / path: content for path, content in solutions.items()}
    for path, content in release(root, solutions).items():
        if path.suffix == ".ipynb":
            content = serialised(_numbered(nbformat.reads(content.decode(), as_version=4)))
        files[root / path] = content
    return files


def plain(notebook: NotebookNode, path: Path, library: Library) -> NotebookNode:
    """Return a MyST notebook as one for Jupyter and Colab: plain Markdown, clean outputs, numbered cells."""
    roles = Roles(library, path)
    lines = path.read_text(encoding="utf-8").split("\n")
    shown = str(path.relative_to(library.root))
    cells = []
    for cell, start in zip(notebook.cells, notebook.metadata.source_map, strict=True):
        metadata = _public(cell.metadata)
        if cell.cell_type != "code":
            while not lines[start].strip():
                start += 1
            if text := to_markdown(cell.source, Place(shown, start + 1), roles):
                cells.append(v4.new_markdown_cell(text, metadata=metadata))
            continue
        cells.append(v4.new_code_cell(cell.source, metadata=metadata, outputs=list(clean(cell.outputs)),
                                      execution_count=cell.execution_count))
        drawn = cell.metadata.get("mystnb", {})
        caption, alt = drawn.get("figure", {}).get("caption", ""), drawn.get("image", {}).get("alt", "")
        if text := figure_text(caption, alt, Place(shown, start + 1), roles):
            cells.append(v4.new_markdown_cell(text))
    return _numbered(v4.new_notebook(cells=cells, metadata=notebook.metadata))


def clean(outputs: Iterable[NotebookNode]) -> Iterator[NotebookNode]:
    """Yield outputs without what depends on the run: stderr, how often a stream was flushed, addresses in drawings."""
    stream = None
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                continue
            if stream is not None:
                stream.text += output.text
                continue
            stream = output
        else:
            stream = None
        for kind, value in output.get("data", {}).items():
            if kind == "image/svg+xml" and is_drawing(value):
                output.data[kind] = number_nodes(value)
        if output.output_type == "error":
            output.traceback = [f"{output.ename}: {output.evalue}"]
        yield output


def stored_outputs(path: Path, notebook: NotebookNode) -> NotebookNode:
    """Fill a chapter's code cells with what its committed notebook holds, cell by cell as far as it goes."""
    committed = path.with_suffix(".ipynb")
    if committed.is_file():
        stored = (cell for cell in _read(committed).cells if cell.cell_type == "code")
        for cell, old in zip((cell for cell in notebook.cells if cell.cell_type == "code"), stored, strict=False):
            cell.outputs, cell.execution_count = old.outputs, old.execution_count
    return notebook


def holds_outputs(path: Path) -> bool:
    """Whether every code cell of a notebook was run, and some cell shows something: nbval passes silently without."""
    code = [cell for cell in _read(path).cells if cell.cell_type == "code"]
    return all(cell.execution_count for cell in code) and any(cell.outputs for cell in code)


def difference(path: Path, content: bytes) -> str:
    """Say where a committed file first differs from the content it should have."""
    if not path.is_file():
        return "is missing"
    if path.suffix != ".ipynb":
        return "differs"
    wanted = nbformat.reads(content.decode(), as_version=4)
    try:
        found = _read(path)
    except Exception:  # noqa: BLE001 - nbformat raises errors of many kinds for a broken file
        return "is no notebook"
    for number, (cell, old) in enumerate(zip(wanted.cells, found.cells, strict=False), start=1):
        for key in ("cell_type", "source", "metadata", "id", "execution_count", "outputs"):
            if cell.get(key) != old.get(key):
                return f"cell {number}: {key} {_contrast(old.get(key), cell.get(key))}"
    if len(wanted.cells) != len(found.cells):
        return f"has {len(found.cells)} cells instead of {len(wanted.cells)}"
    if wanted.metadata != found.metadata:
        return f"metadata {_contrast(found.metadata, wanted.metadata)}"
    return "is formatted differently"


def serialised(notebook: NotebookNode) -> bytes:
    """Return the file of a notebook, in the one layout that is compared."""
    nbformat.validate(notebook)
    return (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode()


def _notebooks(folder: Path, pattern: str) -> Iterator[tuple[Path, NotebookNode]]:
    for path in sorted(folder.glob(pattern)):
        if is_myst_markdown_notebook(path.read_text(encoding="utf-8")):
            yield path, read_notebook(path)


def _numbered(notebook: NotebookNode) -> NotebookNode:
    """Give cells their numbers as ids; keep of the notebook's metadata what Jupyter and Colab need."""
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
    notebook.metadata = NotebookNode(kernelspec=notebook.metadata.kernelspec, language_info={"name": "python"})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _public(metadata: NotebookNode) -> NotebookNode:
    public = NotebookNode({key: value for key, value in metadata.items() if key not in PRIVATE_METADATA})
    tags = [tag for tag in public.pop("tags", []) if tag.split(":")[0] not in PRIVATE_METADATA]
    return NotebookNode(public, tags=tags) if tags else public


def _without_source(root: Path, files: Iterable[Path]) -> list[Path]:
    found = [*(root / "book").glob("*.ipynb"), *(root / "solutions").glob("*/*.ipynb"),
             *(path for path in (root / "exercises").rglob("*") if path.is_file() and not _hidden(path, root))]
    return sorted(set(found) - set(files))


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith((".", "__")) for part in path.relative_to(root).parts)


def _read(path: Path) -> NotebookNode:
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def _contrast(found: object, wanted: object, around: int = 30) -> str:
    """Show two values where they begin to differ."""
    texts = [json.dumps(value, ensure_ascii=False) for value in (found, wanted)]
    differing = (place for place, (old, new) in enumerate(zip(*texts, strict=False)) if old != new)
    start = max(0, next(differing, min(map(len, texts))) - around)
    old, new = (("… " if start else "") + text[start:start + 2 * around] for text in texts)
    return f"has {old} where it should have {new}"


if __name__ == "__main__":
    sys.exit(main())
