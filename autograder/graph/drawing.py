"""A graph, and what was found in it, as an SVG diagram, as its alt text in words, and as plain text.

Marks do not rely on colour: a wrong layer has a thick border and the number of its finding, a missing one a dashed
border, a wrong connection a thick dashed arrow.
"""

import textwrap
from collections.abc import Sequence

import pydot

from autograder.graph import describe
from autograder.graph.findings import Finding
from autograder.graph.model_graph import ModelGraph
from autograder.messages import _

MAX_NODES = 150
_LABEL_WIDTH = 27  # characters; wider boxes do not fit beside each other
_WRONG, _MISSING = "#b3261e", "#6a4c00"


def svg(graph: ModelGraph, findings: Sequence[Finding] = (), reference: ModelGraph | None = None) -> str | None:
    """Return the diagram, top to bottom, or None where this machine has no Graphviz `dot`.

    With a reference, layers that the graph lacks are drawn at their places, dashed. A graph too large to be read as a
    picture, which `dot` would lay out for minutes, is not drawn: None.
    """
    if graph.graph.number_of_nodes() > MAX_NODES or graph.graph.number_of_edges() > 2 * MAX_NODES:
        return None
    try:
        drawing = _dot(graph, findings, reference).create_svg().decode()
    except OSError:  # no `dot` command
        return None
    return drawing[drawing.index("<svg"):]


def alt_text(graph: ModelGraph, findings: Sequence[Finding] = ()) -> str:
    """Return the diagram in words: the layers in order of computation, with what is marked."""
    marks = _numbers(findings)
    lines = describe.in_words(graph)
    for line, node in enumerate(graph.graph):
        if node in marks:
            lines[line] += " " + _("Marked: finding {numbers}.").format(numbers=marks[node])
    return _("Diagram of the model. {layers}").format(layers=" ".join(lines))


def _dot(graph: ModelGraph, findings: Sequence[Finding], reference: ModelGraph | None) -> pydot.Dot:
    # Sizes are points, 9 of which a browser shows as 12 pixels: four branches then fit beside each other on a page.
    dot = pydot.Dot(rankdir="TB", dpi=72, bgcolor="transparent", nodesep=0.15, ranksep=0.25)
    dot.set_node_defaults(shape="box", style="rounded,filled", fillcolor="white", fontname="Helvetica", fontsize=9,
                          margin="0.1,0.05")
    dot.set_edge_defaults(arrowsize=0.6, color="#555555")
    marks = _numbers(findings)
    for node, data in graph.graph.nodes(data=True):
        label = _label(data)
        style = {}
        if node in marks:
            label = f"✗ {marks[node]}  {label}"
            style = {"color": _WRONG, "penwidth": 2.5, "fillcolor": "#fdecea"}
        elif data["operation"] in ("Input", "Output"):
            style = {"fillcolor": "#eef2f5"}
        dot.add_node(pydot.Node(str(node), label=_quoted(label), **style))
    wrong_edges = {edge for finding in findings for edge in finding.edges}
    for sender, receiver, _data in graph.graph.edges(data=True):
        style = {"color": _WRONG, "penwidth": 2.2, "style": "dashed"} if (sender, receiver) in wrong_edges else {}
        dot.add_edge(pydot.Edge(str(sender), str(receiver), **style))
    if reference is not None:
        _add_missing(dot, findings, reference)
    return dot


def _add_missing(dot: pydot.Dot, findings: Sequence[Finding], reference: ModelGraph) -> None:
    """Draw what is missing as a dashed chain of its own, numbered like its finding."""
    for number, finding in enumerate(findings, start=1):
        for position, node in enumerate(finding.missing):
            label = _("missing: {layer}").format(layer=describe.kind(reference.graph.nodes[node]))
            label = "\n".join(textwrap.wrap(label, _LABEL_WIDTH))
            dot.add_node(pydot.Node(f"missing {number} {node}", label=_quoted(f"✗ {number}  {label}"), color=_MISSING,
                                    style="rounded,dashed,filled", fillcolor="#fff8e1", penwidth=2))
            if position:
                dot.add_edge(pydot.Edge(f"missing {number} {finding.missing[position - 1]}", f"missing {number} {node}",
                                        style="dashed", color=_MISSING))


def _numbers(findings: Sequence[Finding]) -> dict[int, str]:
    """Return for each marked node the numbers of its findings, as they are listed."""
    numbers: dict[int, list[str]] = {}
    for number, finding in enumerate(findings, start=1):
        for node in finding.nodes:
            numbers.setdefault(node, []).append(str(number))
    return {node: ", ".join(of_node) for node, of_node in numbers.items()}


def _label(data: dict) -> str:
    shape = describe.shape(data["shapes"][0])
    if data["operation"] == "Input":
        return f"{_('input {name}').format(name=data['name'])}\n{shape}"
    if data["operation"] == "Output":
        return f"{_('output')}\n{shape}"
    return "\n".join([data["name"], *textwrap.wrap(describe.kind(data), _LABEL_WIDTH), shape])


def _quoted(text: str) -> str:
    """Return a label as a dot string: a student's layer name is text there, never markup."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
