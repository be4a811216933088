"""Drawings of models: legible at any width, in both themes, with any font.

Graphviz draws what `plot_model` and `model_to_dot` say: a drawing of four branches is some 2,000 points wide, and its
boxes fit the font of the machine that built the page, not the reader's. Here every such drawing

* knows its width, so that the style sheet lets it shrink while it can be read and scroll from there on;
* has its text pinned to the widths that Graphviz reserved, so that no font leaves its box;
* loses its white ground, and is marked as a drawing, so that the dark theme can invert it (photos and plots are not);
* opens alone on a click, for who wants to see it whole.
"""

import html
import posixpath
import re
from pathlib import Path

from docutils import nodes
from PIL import Image, UnidentifiedImageError
from sphinx.application import Sphinx

SVG_WIDTH = re.compile(r'<svg[^>]* width="([\d.]+)pt"[^>]*>\s*<g id="graph0" class="graph"')
GROUND = re.compile(r'(<polygon fill=")white(" stroke="none" points="-4,4 )')
# One cell of a node: its outline, and the texts up to the next outline.
CELL = re.compile(r'(<polygon [^>]*points="(?P<points>[^"]+)"/>\s*)(?P<texts>(?:<text [^>]*>[^<]*</text>\s*)+)')
TEXT = re.compile(r'<text (?P<attributes>[^>]*text-anchor="start" x="(?P<x>[-\d.]+)" y="(?P<y>[-\d.]+)"[^>]*)>')


class Drawing(nodes.General, nodes.Element):
    """Around the image of a drawing; `width` is its width in pixels where nothing makes it smaller."""


def pin_text(svg: str) -> str:
    """Return Graphviz's SVG with every text in a table cell as wide as Graphviz reserved for it.

    Texts of one line follow each other and the line is centred in its cell, so each ends where the next one starts,
    and the last as far from the right side as the first is from the left.
    """
    return CELL.sub(lambda cell: cell[1] + _pin_cell(cell["points"], cell["texts"]), svg)


def _pin_cell(points: str, texts: str) -> str:
    across = [float(point.split(",")[0]) for point in points.split()]
    starts: dict[str, list[float]] = {}
    for text in TEXT.finditer(texts):
        starts.setdefault(text["y"], []).append(float(text["x"]))

    def pin(text: re.Match[str]) -> str:
        line, x = starts[text["y"]], float(text["x"])
        later = [other for other in line if other > x]
        end = min(later) if later else min(across) + max(across) - min(line)
        if end <= x or "textLength" in text["attributes"]:
            return text[0]
        return f'<text {text["attributes"]} textLength="{end - x:g}" lengthAdjust="spacingAndGlyphs">'

    return TEXT.sub(pin, texts)


def _width(path: Path, image: nodes.image) -> float | None:
    """Return the width of a drawing in points, or None if the image is none; SVG text is pinned on the way."""
    if path.suffix == ".svg":
        svg = path.read_text(encoding="utf-8")
        size = SVG_WIDTH.search(svg)
        if not size:
            return None
        path.write_text(GROUND.sub(r"\1none\2", pin_text(svg)), encoding="utf-8")
        return float(size[1])
    if path.suffix == ".png" and "plot_model(" in _source(image):
        try:
            with Image.open(path) as picture:
                return picture.width * 72 / picture.info.get("dpi", (96, 96))[0]
        except UnidentifiedImageError:
            return None
    return None


def _source(image: nodes.Node) -> str:
    """Return the code of the notebook cell that an image is the output of."""
    node = image.parent
    while node is not None and not (isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"):
        node = node.parent
    return next((block.astext() for block in node.findall(nodes.literal_block)), "") if node is not None else ""


def _mark(app: Sphinx, doctree: nodes.document) -> None:
    for image in list(doctree.findall(nodes.image)):
        path = Path(app.srcdir) / image["uri"]
        if not path.is_file() or isinstance(image.parent, Drawing):
            continue
        width = _width(path, image)
        if width:
            wished = re.fullmatch(r"(\d+)(px)?", image.attributes.pop("width", ""))
            drawing = Drawing(width=int(wished[1]) if wished else width)
            image.replace_self(drawing)
            drawing += image


def _open(self, node: Drawing) -> None:
    name = self.builder.images.get(node[0]["uri"], "")
    address = html.escape(posixpath.join(self.builder.imgpath, name))
    self.body.append(f'<div class="drawing" style="--width: {node["width"]:.0f}px"><a href="{address}">')


def _close(self, node: Drawing) -> None:
    self.body.append("</a></div>\n")


def _nothing(self, node: Drawing) -> None:
    pass


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_node(Drawing, html=(_open, _close), **dict.fromkeys(("latex", "text"), (_nothing, _nothing)))
    app.connect("doctree-read", _mark, priority=800)  # after Sphinx has turned the images' addresses into paths
    return {"parallel_read_safe": True, "parallel_write_safe": True}
