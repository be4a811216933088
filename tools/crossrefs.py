"""What the sources refer to: chapters, sections, figures, literature and the ledger's numbers, as plain Markdown.

A notebook stands alone: links lead to other notebooks only, and a figure is counted within its own notebook. The texts
of the ledger are those of the book's own role, so that page and notebook say the same.
"""

import difflib
import importlib.util
import json
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from myst_markdown import as_directive, blocks, read_notebook, tokens
from pybtex.database import Entry, parse_file
from pybtex.plugin import find_plugin

LEDGER = Path("autograder/data/ledger.json")
BIBLIOGRAPHY = Path("book/references.bib")
LEDGER_ROLE = Path("book/_ext/ledger.py")


@dataclass(frozen=True)
class Target:
    """What a label names: a heading, or a figure by its number."""

    document: PurePosixPath
    title: str | None = None
    figure: int | None = None


class Library:
    """Everything that the sources below `root` can refer to. Documents have the names of _toc.yml: `book/index`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.titles: dict[PurePosixPath, str] = {}
        self.targets: dict[str, Target] = {}
        for path in sorted((root / "book").glob("*.md")):
            self._read_chapter(path)
        for path in sorted((root / "solutions").glob("*/*.md")):
            # Readers meet a solution as the exercise that is made of it.
            document = PurePosixPath("exercises", *path.relative_to(root / "solutions").with_suffix("").parts)
            self.titles[document] = next((title for _, title in _headings(path)), document.name)

    @cached_property
    def literature(self) -> dict[str, Entry]:
        """The entries of the bibliography."""
        path = self.root / BIBLIOGRAPHY
        return dict(parse_file(str(path)).entries) if path.is_file() else {}

    @cached_property
    def ledger(self) -> dict[str, dict]:
        """The documented models."""
        path = self.root / LEDGER
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    @cached_property
    def cite_ledger(self):
        """The function behind the book's role: (ledger, "ID.field") -> text."""
        # By its path: the role's module has the name of the tool that writes the ledger.
        spec = importlib.util.spec_from_file_location("book_ledger_role", self.root / LEDGER_ROLE)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.lookup

    def _read_chapter(self, path: Path) -> None:
        document = PurePosixPath(path.relative_to(self.root).with_suffix("").as_posix())
        self.titles[document] = document.name
        figures = 0
        for label, title in reversed(list(_headings(path))):
            self.titles[document] = title  # the first heading comes last
            if label:
                self._add(label, Target(document, title))
        for cell in read_notebook(path).cells:
            for name in _figures(cell):
                figures += 1
                if name:
                    self._add(name, Target(document, figure=figures))

    def _add(self, label: str, target: Target) -> None:
        if label in self.targets:
            raise ValueError(f"the label {label!r} stands in {self.targets[label].document}.md and in "
                             f"{target.document}.md; rename one of them")
        self.targets[label] = target


class Roles:
    """The roles, captions and references of one document (see myst_markdown.Resolver)."""

    def __init__(self, library: Library, path: Path) -> None:
        self.library = library
        self.folder = path.parent
        self.document = PurePosixPath(path.relative_to(library.root).with_suffix("").as_posix())
        # Exercises are handed out without the book: what they name is named in words.
        self.links = self.document.parts[0] == "book"
        self.figures = 0
        self.cited: list[str] = []
        self.listed = False
        self._writers = {
            "ref": self._ref, "numref": self._numref, "doc": self._doc, "ledger": self._ledger, "term": self._term,
            "index": self._index, "download": self._download,
            "cite:p": self._cite_in_brackets, "cite:t": self._cite_in_text,
        }

    def role(self, name: str, content: str) -> str:
        """Return Markdown for a role; ValueError for one that is not known or leads nowhere."""
        if name not in self._writers:
            raise ValueError(f"the role {{{name}}} is not one that notebooks can show "
                             f"(known: {', '.join(sorted(self._writers))})")
        return self._writers[name](content)

    def caption(self, text: str) -> str:
        """Return the caption of the next figure with its number."""
        self.figures += 1
        return f"Fig. {self.figures}: {text}"

    def bibliography(self) -> str:
        """Return what was cited so far as a list, ordered by author and year."""
        self.listed = True
        style = find_plugin("pybtex.style.formatting", "plain")()
        backend = find_plugin("pybtex.backends", "markdown")()
        entries = style.format_entries(self.library.literature[key] for key in self.cited)
        lines = []
        for entry in entries:
            text = " ".join(entry.text.render(backend).split())
            # pybtex escapes every full stop and hyphen; inside a line they mean nothing to Markdown.
            lines.append(f"- **{self._label(entry.key, ', ')}**: " + re.sub(r"\\([.-])", r"\1", text))
        return "\n".join(sorted(lines))

    def _ref(self, content: str) -> str:
        text, label = _split(content)
        target = self._target(label)
        if target.figure:
            return text or self._numref(label)
        if target.document != self.document:
            return self._link(target.document, text or target.title, own_title=text is None)
        return f"{text} (*{target.title}*)" if text else f"*{target.title}*"

    def _numref(self, content: str) -> str:
        text, label = _split(content)
        target = self._target(label)
        if not target.figure:
            raise ValueError(f"{{numref}} counts figures, and {label!r} is a heading; use {{ref}}")
        words = (text or "Fig. %s").replace("{number}", "%s").replace("%s", str(target.figure))
        if target.document == self.document:
            return words
        return f"{words} of {self._link(target.document, self.library.titles[target.document])}"

    def _doc(self, content: str) -> str:
        text, name = _split(content)
        path = name.lstrip("/") if name.startswith("/") else posixpath.normpath(self.document.parent / name)
        document = PurePosixPath(path)
        if document not in self.library.titles:
            raise ValueError(f"there is no page {path!r}" + _nearest(path, map(str, self.library.titles)))
        return self._link(document, text or self.library.titles[document], own_title=text is None)

    def _link(self, document: PurePosixPath, text: str, own_title: bool = True) -> str:
        if self.links and (document.parts[0] == "exercises" or _is_notebook(self.library.root / f"{document}.md")):
            return f"[{text}]({posixpath.relpath(f'{document}.ipynb', self.document.parent)})"
        return f"*{text}*" if own_title else text

    def _target(self, label: str) -> Target:
        if label not in self.library.targets:
            raise ValueError(f"nothing has the label {label!r}" + _nearest(label, self.library.targets))
        return self.library.targets[label]

    def _ledger(self, content: str) -> str:
        try:
            text = self.library.cite_ledger(self.library.ledger, content)
        except LookupError as error:
            raise ValueError(error.args[0]) from None
        return f"`{text}`" if content.strip().endswith((".inputs", ".outputs", ".formula")) else text

    def _term(self, content: str) -> str:
        text, term = _split(content)
        return text or term

    def _index(self, content: str) -> str:
        text, entry = _split(content)
        return text or entry.removeprefix("!").strip()  # the exclamation mark says that here is the main entry

    def _download(self, content: str) -> str:
        text, path = _split(content)
        if not (self.folder / path).is_file():
            raise ValueError(f"there is no file {path} to download")
        return f"[{text or PurePosixPath(path).name}]({path})"

    def _cite_in_brackets(self, content: str) -> str:
        return "(" + "; ".join(self._cite(key, ", ") for key in content.split(",")) + ")"

    def _cite_in_text(self, content: str) -> str:
        return ", ".join(self._cite(key, " (") + ")" for key in content.split(","))

    def _cite(self, key: str, before_year: str) -> str:
        key = key.strip()
        if key not in self.library.literature:
            raise ValueError(f"{BIBLIOGRAPHY} has no entry {key!r}" + _nearest(key, self.library.literature))
        if key not in self.cited:
            if self.listed:
                raise ValueError(f"{key!r} is cited below the list of references; move the bibliography to the end")
            self.cited.append(key)
        return self._label(key, before_year)

    def _label(self, key: str, before_year: str) -> str:
        entry = self.library.literature[key]
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        names = [" ".join(str(name) for name in [*person.rich_prelast_names, *person.rich_last_names])
                 for person in people]
        who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names) or key
        return f"{who}{before_year}{entry.fields.get('year', 'no year')}"


def _headings(path: Path) -> Iterable[tuple[str | None, str]]:
    """Yield (label, text) of the headings of a file, in order."""
    for cell in read_notebook(path).cells:
        if cell.cell_type != "markdown":
            continue
        label, found = None, tokens(cell.source)
        for token, following in zip(found, found[1:] + found[-1:], strict=True):
            if token.type == "myst_target":
                label = token.content
            elif token.type == "heading_open":
                yield label, following.content
                label = None
            elif token.type != "myst_line_comment":
                label = None


def _figures(cell) -> Iterable[str | None]:
    """Yield the names of a cell's figures with a caption, None for one without a name."""
    if cell.cell_type == "code":
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if figure.get("caption"):
            yield figure.get("name")
        return
    for token in blocks(cell.source):
        directive = as_directive(token)
        if directive and directive.name == "figure" and directive.body:
            yield directive.options.get("name")


def _is_notebook(path: Path) -> bool:
    return path.is_file() and any(cell.cell_type == "code" for cell in read_notebook(path).cells)


def _split(content: str) -> tuple[str | None, str]:
    """Return (text, target) of `text <target>`, or (None, target)."""
    named = re.fullmatch(r"(.+?)\s*<([^<>]+)>", content.strip(), re.DOTALL)
    return (named[1], named[2].strip()) if named else (None, content.strip())


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; near it: {', '.join(near)}" if near else ""
