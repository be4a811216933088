"""Graphviz drawings as text: what they show, apart from how large fonts and boxes came out.

Keras names the nodes of a drawing after Python's id()s, which differ in every run, and the geometry of an SVG follows
the fonts that are installed. What a drawing says is its dot text: which boxes, labelled how, joined how.
"""

import json
import re
import xml.etree.ElementTree as ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_ADDRESS = re.compile(r"\d{6,}")  # Python's id()s; names that people give to nodes are no long numbers
_NAMING = re.compile(r"<title>.*?</title>|<!--.*?-->", re.DOTALL)


def is_drawing(text: str) -> bool:
    """Whether a text is an SVG made by Graphviz."""
    return text.lstrip().startswith("<svg") and 'class="graph"' in text


def number_nodes(svg: str) -> str:
    """Return a drawing with its nodes' addresses replaced by 1, 2, 3, … in the order of appearance."""
    numbers: dict[str, str] = {}

    def number(address: re.Match[str]) -> str:
        return numbers.setdefault(address[0], str(len(numbers) + 1))

    # Graphviz writes a node's name in its title and in a comment, and nowhere else.
    return _NAMING.sub(lambda naming: _ADDRESS.sub(number, naming[0]), svg)


def dot_text(svg: str) -> str:
    """Return what a drawing shows, one line for each cluster, node and edge. Two drawings of one graph give one text.

    Clusters and nodes stand in the order of appearance, which is that of the source; edges are sorted.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314 - made by our own chapters
    numbers: dict[str, int] = {}
    boxes, edges = [], []
    for group in root.iter(f"{_SVG}g"):
        kind, name = group.get("class"), group.findtext(f"{_SVG}title", "")
        label = json.dumps([text.text or "" for text in group.iter(f"{_SVG}text")], ensure_ascii=False)
        if kind in ("cluster", "node"):
            number = numbers.setdefault(name, len(numbers) + 1)
            boxes.append(f"{kind} {number} {label}")
        elif kind == "edge":
            edges.append((name, label))
    lines = sorted(_edge(name, label, numbers) for name, label in edges)
    return "\n".join([*boxes, *(f"{tail} {arrow} {head} {label}" for tail, head, arrow, label in lines)])


def _edge(name: str, label: str, numbers: dict[str, int]) -> tuple[int, int, str, str]:
    tail, arrow, head = re.fullmatch(r"(.*?)(->|--)(.*)", name, re.DOTALL).groups()
    # A port (node:port) is a place on the box; the box is what is joined.
    return numbers[tail.split(":")[0]], numbers[head.split(":")[0]], arrow, label
