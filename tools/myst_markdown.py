"""MyST Markdown -> the Markdown and HTML that Jupyter and Colab show.

Colab and JupyterLab print MyST's directives and roles raw. This module knows their syntax and how each looks in plain
Markdown; what a role *means* (which chapter, which figure, which number) it asks of a `Resolver`. Places are found by
the parser that the book itself uses, so that a code fence which shows `{ref}` stays as it is. Whatever is neither plain
Markdown nor known here is an error that names file and line: nothing passes through unseen.
"""

import base64
import html
import mimetypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser
from nbformat import NotebookNode

# At least what _config.yml enables: a block that the book knows must not be taken for text here.
SYNTAX = MdParserConfig(
    enable_extensions={"colon_fence", "deflist", "dollarmath", "html_image", "substitution", "tasklist"},
    dmath_double_inline=True)
# The notebooks' own words. They follow the book's language, not that of the person who generates the notebooks.
ADMONITIONS = {"note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important"}
IN_WORDS = "The picture in words"
QUESTION, PREDICT, ANSWER = "Question {}", "Predict first", "Answer"

# Tokens that Jupyter and Colab show as the book does.
_PAIRED = ("paragraph", "heading", "blockquote", "bullet_list", "ordered_list", "list_item", "table", "thead", "tbody",
           "tr", "th", "td", "em", "strong", "link")
PLAIN = frozenset([f"{name}_{side}" for name in _PAIRED for side in ("open", "close")]
                  + ["inline", "text", "softbreak", "hardbreak", "hr", "fence", "code_block", "code_inline",
                     "html_block", "html_inline", "math_block", "math_inline", "math_inline_double"])


class MystError(ValueError):
    """A place in a source that cannot become plain Markdown: one sentence with file and line."""

    def __init__(self, place: "Place", message: str) -> None:
        super().__init__(f"{place.path}, line {place.line}: {message}")


@dataclass(frozen=True)
class Place:
    """A file (as the user names it) and the number, from 1, of a line in it."""

    path: str
    line: int

    def below(self, lines: int) -> "Place":
        """Return the place some lines further down."""
        return Place(self.path, self.line + lines)


class Resolver(Protocol):
    """What roles and figures of one document mean. All raise ValueError, in one sentence, for what they do not know."""

    folder: Path

    def role(self, name: str, content: str) -> str:
        """Markdown for {name}`content`."""

    def caption(self, text: str) -> str:
        """The caption of the document's next figure, with its number."""

    def bibliography(self) -> str:
        """Markdown list of the references cited so far."""


@dataclass(frozen=True)
class Directive:
    """A fence with a name in braces, read."""

    name: str
    argument: str
    options: dict
    body: str
    body_line: int  # lines from the fence's first line to the body's


def to_markdown(source: str, place: Place, resolver: Resolver) -> str:
    """Return MyST Markdown as plain Markdown; `place` is where its first line stands. Raises MystError."""
    starts = _line_starts(source)
    pieces, done = [], 0
    for start, end, text in _edits(source, starts, place, resolver):
        pieces += [source[done:start], text]
        done = end
    return _tidy("".join(pieces) + source[done:])


def figure_text(caption: str, alt: str, place: Place, resolver: Resolver) -> str:
    """Return what stands below a drawn figure: its numbered caption in italics, its alternative text to unfold.

    The picture itself is a cell's output, which no notebook front end lets us describe.
    """
    parts = []
    if caption:
        parts.append(f"_{resolver.caption(to_markdown(caption.strip(), place, resolver))}_")
    if alt:
        parts.append(f"<details><summary>{IN_WORDS}</summary>\n\n{alt.strip()}\n\n</details>")
    return "\n\n".join(parts)


def read_notebook(path: Path) -> NotebookNode:
    """Return a MyST file as the book build reads it: code cells with their metadata, MyST text between them.

    `metadata.source_map` has the line, from 0, that each cell starts in.
    """
    return read_myst_markdown_notebook(path.read_text(encoding="utf-8"), config=SYNTAX, add_source_map=True, path=path)


def tokens(source: str) -> list[Token]:
    """Return the book's own reading of a text."""
    return _parser().parse(source)


def blocks(source: str) -> Iterator[Token]:
    """Yield a text's blocks, those inside directives too, in order of appearance."""
    for token in tokens(source):
        yield token
        if directive := as_directive(token):
            yield from blocks(directive.body)


def as_directive(token: Token) -> Directive | None:
    """Return a fence read as a directive, or None for anything else."""
    if token.type not in ("fence", "colon_fence") or not (name := re.match(r"\{([^}]+)\}\s*", token.info)):
        return None
    # As MyST-Parser does it: a nested `:::` in the first line is not an `:option:`.
    content = "\n" + token.content if token.content.startswith(":::") else token.content
    # Options are read as YAML, the same way that MyST-NB reads those of code cells.
    read = parse_directive_text(_AnyDirective, "", content, validate_options=False)
    if read.warnings:
        raise ValueError(f"the options of {{{name[1]}}} are not valid: {read.warnings[0].msg}")
    skipped = len(token.content.splitlines()) - len(read.body)
    return Directive(name[1], token.info[name.end():].strip(), read.options, "\n".join(read.body), 1 + skipped)


def inline_html(markdown: str) -> str:
    """Return one line of plain Markdown as HTML, for places where front ends read no Markdown."""
    return MarkdownIt("commonmark").renderInline(markdown)


class _AnyDirective:
    option_spec = MappingProxyType({"any": str})
    required_arguments = 0
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True


@cache
def _parser():
    parser = create_md_parser(SYNTAX, RendererHTML)
    for rule in ("myst_role", "backticks"):
        _remember_raw_text(parser, rule)
    return parser


def _remember_raw_text(parser, rule: str) -> None:
    """Let a rule keep the text it matched: markdown-it knows the lines of blocks, but not the places inside them."""
    original = next(known.fn for known in parser.inline.ruler.__rules__ if known.name == rule)

    def remembering(state, silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        found = original(state, silent)
        if found and len(state.tokens) > before:
            state.tokens[-1].meta = {**state.tokens[-1].meta, "raw": state.src[start:state.pos]}
        return found

    parser.inline.ruler.at(rule, remembering)


def _line_starts(source: str) -> list[int]:
    return [0, *accumulate(len(line) + 1 for line in source.split("\n"))]


def _edits(source: str, starts: list[int], place: Place, resolver: Resolver) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, replacement) in order; offsets count characters of the source."""
    cursor = 0
    for token in tokens(source):
        here = place.below(token.map[0]) if token.map else place
        first, last = (starts[min(line, len(starts) - 1)] for line in token.map or (0, 0))
        if token.type in ("myst_target", "myst_line_comment"):
            yield first, last, ""
        elif directive := _located(here, lambda token=token: as_directive(token)):
            yield first, last, _in_place(source[first:last], token.markup, _directive(directive, here, resolver))
        elif token.type not in PLAIN:
            raise MystError(here, f"{_shown(token)} cannot be shown in a notebook; write it in plain Markdown")
        cursor = max(cursor, first)
        for child in token.children or []:
            if child.type not in PLAIN | {"myst_role"}:
                raise MystError(here, f"{_shown(child)} cannot be shown in a notebook; write it in plain Markdown"
                                if child.type != "image" else
                                "a picture needs the figure directive, so that it travels with the notebook")
            _refuse_links_that_only_the_book_knows(child, here)
            if "raw" not in child.meta:
                continue
            found = source.find(child.meta["raw"], cursor, last)
            if found < 0:
                raise MystError(here, f"write {child.meta['raw']!r} on one line")
            cursor = found + len(child.meta["raw"])
            if child.type == "myst_role":
                where = place.below(source.count("\n", 0, found))
                yield found, cursor, _located(where, lambda child=child: _role(child, resolver))


def _shown(token: Token) -> str:
    return f"MyST's {token.type!r}" + (f" ({token.info.strip()})" if token.info.strip() else "")


def _located(place: Place, action: Callable):
    """Run an action; what it says is wrong, say with its place."""
    try:
        return action()
    except MystError:
        raise
    except ValueError as error:
        raise MystError(place, str(error)) from None


def _role(token: Token, resolver: Resolver) -> str:
    return resolver.role(token.meta["name"], token.content)


def _refuse_links_that_only_the_book_knows(token: Token, place: Place) -> None:
    target = token.attrGet("href") if token.type == "link_open" else None
    if target and (target.startswith("#") or re.fullmatch(r"[^:]+\.(md|ipynb)(#.*)?", target)):
        raise MystError(place, f"the link to {target!r} leads nowhere in a notebook; use {{ref}} or {{doc}}")


def _in_place(block: str, markup: str, text: str) -> str:
    """Give a replaced block the indentation or the quotation marks of the list or quote it stands in."""
    prefix = block[:block.index(markup)]
    rest = prefix if ">" in prefix else " " * len(prefix)
    lines = text.split("\n")
    return "\n".join([prefix + lines[0], *((rest + line).rstrip() for line in lines[1:])]) + "\n"


def _tidy(text: str) -> str:
    """Drop the blank lines that labels and comments leave behind, outside of code."""
    code = {line for token in tokens(text) if token.type in ("fence", "code_block") for line in range(*token.map)}
    kept: list[str] = []
    for number, line in enumerate(text.split("\n")):
        if line.strip() or number in code or (kept and kept[-1].strip()):
            kept.append(line)
    return "\n".join(kept).strip("\n")


def _directive(directive: Directive, place: Place, resolver: Resolver) -> str:
    name = directive.name
    if name not in _WRITERS and name != "predict":
        raise MystError(place, f"the directive {{{name}}} is not one that notebooks can show "
                               f"(known: {', '.join(sorted([*_WRITERS, 'predict']))})")
    title = to_markdown(directive.argument, place, resolver)
    if name == "predict":
        return _predict(directive, title, place, resolver)
    body = to_markdown(directive.body, place.below(directive.body_line), resolver)
    return _located(place, lambda: _WRITERS[name](directive, title, body, resolver))


def _admonition(directive: Directive, title: str, body: str, resolver: Resolver) -> str:
    known = ADMONITIONS.get(directive.name)
    # The named kinds have no title of their own: text beside the name is the beginning of the body.
    parts = [f"**{known}**", title, body] if known else [f"**{title}**", body]
    quoted = "\n\n".join(part for part in parts if part)
    return "\n".join(f"> {line}".rstrip() for line in quoted.split("\n"))


def _dropdown(directive: Directive, title: str, body: str, resolver: Resolver) -> str:
    return f"<details>\n<summary>{inline_html(title)}</summary>\n\n{body}\n\n</details>"


def _predict(directive: Directive, title: str, place: Place, resolver: Resolver) -> str:
    """Return a question and its folded answer; nothing checks an answer in a notebook."""
    lines = directive.body.split("\n")
    at = next((number for number, line in enumerate(lines) if line.strip() == "+++"), None)
    if at is None:
        raise MystError(place, "a line +++ must part the question of {predict} from its answer")
    start = place.below(directive.body_line)
    question = to_markdown("\n".join(lines[:at]), start, resolver)
    answer = to_markdown("\n".join(lines[at + 1:]), start.below(at + 1), resolver)
    heading = QUESTION.format(title) if title.isdecimal() else title or PREDICT
    return f"**{heading}**\n\n{question}\n\n<details>\n<summary>{ANSWER}</summary>\n\n{answer}\n\n</details>"


def _figure(directive: Directive, title: str, body: str, resolver: Resolver) -> str:
    path = resolver.folder / directive.argument
    if not path.is_file():
        raise ValueError(f"the picture {directive.argument} does not exist")
    if not (alt := directive.options.get("alt")):
        raise ValueError(f"the picture {directive.argument} has no :alt: text")
    # Colab sees the notebook alone, without the files beside it: the picture travels inside.
    data = f"data:{mimetypes.guess_type(path.name)[0]};base64,{base64.b64encode(path.read_bytes()).decode()}"
    picture = f'<img src="{data}" alt="{html.escape(str(alt).strip())}">'
    return f"{picture}\n\n_{resolver.caption(body)}_" if body else picture


def _bibliography(directive: Directive, title: str, body: str, resolver: Resolver) -> str:
    return resolver.bibliography()


_WRITERS: dict[str, Callable[[Directive, str, str, Resolver], str]] = {
    **dict.fromkeys([*ADMONITIONS, "admonition"], _admonition),
    "dropdown": _dropdown,
    "figure": _figure,
    "bibliography": _bibliography,
}
