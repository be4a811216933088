"""Properties that a graph of free design must have: size, ends, and the kinds of structure that it shows."""

from collections import Counter
from collections.abc import Callable, Mapping

import networkx as nx

from autograder.graph import describe
from autograder.graph.findings import Finding
from autograder.graph.model_graph import ModelGraph
from autograder.messages import _


def judge(graph: ModelGraph, properties: list[str], arguments: Mapping) -> list[Finding]:
    """Return a finding for each named property that a graph lacks; KeyError for a name that there is not."""
    return [finding for name in properties if (finding := PROPERTIES[name](graph, arguments)) is not None]


def _output(graph: ModelGraph, arguments: Mapping) -> Finding | None:
    expected = [(None, arguments["classes"])]
    found = [tuple(shape) for shape in graph.output_shapes()]
    if found == expected:
        return None
    return Finding("output_shape", "shapes", _("the output"), describe.shape(expected[0]),
                   ", ".join(describe.shape(shape) for shape in found),
                   _("End with one Dense layer that has a unit for each class."), nodes=tuple(graph.outputs[:1]))


def _budget(graph: ModelGraph, arguments: Mapping) -> Finding | None:
    if graph.parameters <= arguments["budget"]:
        return None
    largest = max(range(len(graph.layers)), key=lambda layer: graph.layers[layer].parameters)
    node = next(node for node, data in graph.graph.nodes(data=True) if data["layer"] == largest)
    return Finding("budget", "counts", _("the whole model"),
                   _("at most {count} parameters").format(count=describe.count(arguments["budget"])),
                   _("{count} parameters, {most} of them in {place}").format(
                       count=describe.count(graph.parameters), place=describe.place(graph, node),
                       most=describe.count(graph.layers[largest].parameters)),
                   _("Reduce channels with a 1x1 convolution, or pool globally before a Dense layer."), nodes=(node,))


def _residual(graph: ModelGraph, _arguments: Mapping) -> Finding | None:
    """Some Add joins two different paths from one tensor, of which the longer has weights."""
    joins = _nodes(graph, "Add")
    if any(_is_residual(graph, join) for join in joins):
        return None
    return Finding("no_residual", "wiring", describe.place(graph, joins[0]) if joins else _("the whole model"),
                   _("an addition of two different paths from one tensor, the longer one with weights"),
                   _("no such addition") if not joins else _("an addition of other tensors"),
                   _("Keep a tensor in a variable, run layers on it, and add the result to what you kept."),
                   nodes=tuple(joins[:1]))


def _is_residual(graph: ModelGraph, join: int) -> bool:
    ends = [sender for sender, _output_number in graph.arguments(join)]
    if len(ends) < 2 or len(set(ends)) < 2:
        return False
    before = [nx.ancestors(graph.graph, end) | {end} for end in ends]
    for start in before[0].intersection(*before[1:]):
        paths = [_between(graph, start, end) for end in ends]
        own = [path - frozenset.intersection(*paths) for path in paths]  # not what they have in common before they fork
        longest = max(own, key=lambda path: _length(graph, path))
        if _has_weights(graph, longest) and any(_kinds(graph, path) != _kinds(graph, longest) for path in own):
            return True
    return False


def _concatenation(graph: ModelGraph, _arguments: Mapping) -> Finding | None:
    """Some Concatenate joins at least two different branches, each with weights of its own."""
    joins = _nodes(graph, "Concatenate")
    for join in joins:
        ends = [sender for sender, _output_number in graph.arguments(join)]
        before = [nx.ancestors(graph.graph, end) | {end} for end in set(ends)]
        own = [nodes - set().union(*(other for other in before if other is not nodes)) for nodes in before]
        weighted = [_kinds(graph, nodes) for nodes in own if _has_weights(graph, nodes)]
        if any(kinds != weighted[0] for kinds in weighted):
            return None
    return Finding("no_concatenation", "wiring", describe.place(graph, joins[0]) if joins else _("the whole model"),
                   _("a concatenation of at least two branches, each with weights of its own"),
                   _("no such concatenation"),
                   _("Run two different layers on one tensor and join their outputs with `layers.concatenate`."),
                   nodes=tuple(joins[:1]))


def _sharing(graph: ModelGraph, _arguments: Mapping) -> Finding | None:
    """Some layer with weights is called on two different tensors; one tensor twice is one call in a canonical graph."""
    calls = [data["layer"] for _, data in graph.graph.nodes(data=True) if data["layer"] is not None]
    if len(calls) > len(set(calls)):
        return None
    return Finding("no_sharing", "sharing", _("the whole model"), _("a layer with weights, called on two tensors"),
                   _("every layer is called once"),
                   _("Keep a layer in a variable and call it on two different tensors."))


PROPERTIES: dict[str, Callable[[ModelGraph, Mapping], Finding | None]] = {
    "output": _output, "budget": _budget, "residual": _residual, "concatenation": _concatenation, "sharing": _sharing,
}


def _nodes(graph: ModelGraph, operation: str) -> list[int]:
    return [node for node, data in graph.graph.nodes(data=True) if data["operation"] == operation]


def _between(graph: ModelGraph, start: int, end: int) -> frozenset[int]:
    """Return the nodes on paths from start to end, without start."""
    if start == end:
        return frozenset()
    return frozenset((nx.descendants(graph.graph, start) & nx.ancestors(graph.graph, end)) | {end})


def _length(graph: ModelGraph, path: frozenset[int]) -> int:
    return nx.dag_longest_path_length(nx.DiGraph(graph.graph.subgraph(path)), weight=None) if path else -1


def _kinds(graph: ModelGraph, nodes) -> Counter:
    """Return which operations with which settings a path or branch consists of: two equal ones are no two kinds."""
    return Counter((data["operation"], str(sorted(data["settings"].items())))
                   for data in (graph.graph.nodes[node] for node in nodes))


def _has_weights(graph: ModelGraph, nodes) -> bool:
    return any(graph.graph.nodes[node]["layer"] is not None for node in nodes)
