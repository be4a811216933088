"""The ledger: every model that the book documents, taken from the chapters' own cells.

    python tools/ledger.py            write autograder/data/ledger.json
    python tools/ledger.py --check    compare with the file, write nothing

A documented model is defined once, in the chapter's cell tagged `ledger:ID`, which leaves it in the variable `model`.
Of each chapter run, in one namespace and in order: the first code cell (it sets up Keras), these cells, the cells that
bind the names they use, and cells tagged `ledger`, for what names do not tell. Training is no part of a definition and
does not run. No weight is allocated, so a model of 165 million parameters costs milliseconds.
"""

import argparse
import contextlib
import io
import json
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from dataflow import cells_needed
from myst_markdown import MystError, Place, read_notebook
from myst_nb.core.read import is_myst_markdown_notebook
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
LEDGER = Path("autograder/data/ledger.json")
COMMAND = "make notebooks"
TAG = "ledger"

Entry = dict[str, object]


def main(arguments: list[str] | None = None) -> int:
    """Write or check the ledger; return the exit status."""
    parser = argparse.ArgumentParser(description="Write autograder/data/ledger.json from the chapters.")
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    options = parser.parse_args(arguments)
    try:
        entries = collect(ROOT)
    except ValueError as error:
        print(f"graphs-of-layers: {error}", file=sys.stderr)
        return 1
    path, content = ROOT / LEDGER, serialised(entries)
    if path.is_file() and path.read_text(encoding="utf-8") == content:
        return 0
    if options.check:
        print(f"{LEDGER} is not what the chapters give: {drift(path, entries)}. Run `{COMMAND}` and commit what it "
              "changes.", file=sys.stderr)
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    print(f"wrote {LEDGER}: {len(entries)} models")
    return 0


def collect(root: Path) -> dict[str, Entry]:
    """Return the ledger of all chapters below `root`, in the book's order. Raises ValueError with file and line."""
    entries: dict[str, Entry] = {}
    for path in sorted((root / "book").glob("*.md")):
        if not is_myst_markdown_notebook(path.read_text(encoding="utf-8")):
            continue
        for place, identity, entry in chapter_entries(path, str(path.relative_to(root))):
            if identity in entries:
                raise MystError(place, f"the model {identity!r} is documented already, in chapter "
                                       f"{entries[identity]['chapter']}; give it another ID")
            entries[identity] = entry
    return entries


def chapter_entries(path: Path, shown: str) -> Iterator[tuple[Place, str, Entry]]:
    """Yield (place, ID, entry) for each documented model of a chapter; `shown` is how messages name the file."""
    notebook = read_notebook(path)
    cells = [(Place(shown, start + 1), cell)
             for cell, start in zip(notebook.cells, notebook.metadata.source_map, strict=True)
             if cell.cell_type == "code"]
    if not any(_identity(cell) for _, cell in cells):
        return
    # First in this process, whoever calls: with oneDNN on, the book's models crash on some processors.
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    import keras

    namespace: dict[str, object] = {"__name__": "__main__"}
    with keras.StatelessScope(initialize_variables=False):
        for number in _cells_to_run(cells):
            place, cell = cells[number]
            earlier = namespace.get("model")
            _run(cell.source, namespace, place)
            if identity := _identity(cell):
                model = namespace.get("model")
                yield place, identity, _entry(None if model is earlier else model, cell, identity, path.stem, place)


def serialised(entries: dict[str, Entry]) -> str:
    """One field to a line, so that a change reads as one line."""
    def dumped(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    models = [f"  {dumped(identity)}: {{\n"
              + ",\n".join(f"    {dumped(field)}: {dumped(value)}" for field, value in entry.items()) + "\n  }"
              for identity, entry in entries.items()]
    return "{\n" + ",\n".join(models) + "\n}\n"


def drift(path: Path, entries: dict[str, Entry]) -> str:
    """Say in what a ledger file differs from the entries it should have."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "it is missing"
    except ValueError:
        return "it is no JSON"
    for identity in [*entries, *old]:
        if identity not in old:
            return f"{identity} is missing"
        if identity not in entries:
            return f"{identity} is in no chapter"
        for field in [*entries[identity], *old[identity]]:
            found, wanted = old[identity].get(field), entries[identity].get(field)
            if found != wanted:
                return f"{identity} has {field} {json.dumps(found)} instead of {json.dumps(wanted)}"
    return "its order or layout differs"


def _identity(cell: NotebookNode) -> str | None:
    tags = [tag.removeprefix(f"{TAG}:") for tag in cell.metadata.get("tags", []) if tag.startswith(f"{TAG}:")]
    return tags[0] if tags else None


def _cells_to_run(cells: list[tuple[Place, NotebookNode]]) -> list[int]:
    sources = [cell.source for _, cell in cells]
    chosen = {0}
    for number, (place, cell) in enumerate(cells):
        if _identity(cell) or TAG in cell.metadata.get("tags", []):
            try:
                chosen |= cells_needed(sources, number)
            except SyntaxError as error:
                raise MystError(place, f"the ledger reads plain Python only: {error}") from None
    return sorted(chosen)


def _run(source: str, namespace: dict[str, object], place: Place) -> None:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, f"<{place.path}, line {place.line}>", "exec"), namespace)  # noqa: S102 - our own chapters
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(".")
        raise MystError(place, f"this cell does not run for the ledger: {reason}. It runs "
                               "without weights: keep definitions and training in separate cells, and give the tag "
                               f"{TAG!r} to a cell that it needs and no name tells") from error


def _entry(model: object, cell: NotebookNode, identity: str, chapter: str, place: Place) -> Entry:
    from autograder.graph.arithmetic import evaluate, model_formula
    from autograder.graph.model_graph import from_keras

    said = cell.metadata.get("ledger", {})
    if not said.get("title") or not isinstance(said.get("sources"), list):
        raise MystError(place, f"the documented model {identity!r} needs the cell metadata "
                               '`ledger: {title: "…", sources: […]}`')
    if not hasattr(model, "count_params"):
        raise MystError(place, f"the cell of {identity!r} leaves no Keras model in the variable `model`")
    try:
        formula = model_formula(from_keras(model), _own_layers(model))
    except KeyError as error:
        raise MystError(place, f"the arithmetic of {error} in {identity!r} is not known") from None
    if evaluate(formula) != model.count_params():
        raise MystError(place, f"arithmetic and Keras disagree on {identity!r}: {formula} = {evaluate(formula)}, but "
                               f"Keras counts {model.count_params()}")
    return {
        "title": said["title"],
        "chapter": chapter,
        "inputs": [list(tensor.shape) for tensor in model.inputs],
        "outputs": [list(tensor.shape) for tensor in model.outputs],
        "params": model.count_params(),
        "trainable": sum(math.prod(weight.shape) for weight in model.trainable_weights),
        "formula": formula,
        "sources": said["sources"],
    }


def _own_layers(model) -> dict[str, str]:
    """Return the expression of each layer that is not Keras's own: the product of each weight's shape, summed."""
    return {layer.name: " + ".join("*".join(map(str, weight.shape)) or "1" for weight in layer.weights)
            for layer in model._flatten_layers(include_self=False, recursive=False)
            if not type(layer).__module__.startswith("keras.") and layer.weights}


if __name__ == "__main__":
    sys.exit(main())
