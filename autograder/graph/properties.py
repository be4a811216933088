"""Properties that a graph of free design must have: size, ends, and the kinds of structure that it shows."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations

import networkx as nx

from autograder.graph import describe
from autograder.graph.findings import Finding
from autograder.graph.model_graph import ModelGraph
from autograder.graph.rules import COMMUTATIVE
from autograder.messages import _

_PATHS = 16  # into one addition that are looked at; no design of a person has more


def judge(graph: ModelGraph, properties: list[str], arguments: Mapping) -> list[Finding]:
    """Return a finding for each named property that a graph lacks; KeyError for a name that there is not."""
    return [finding for name in properties if (finding := PROPERTIES[name](graph, arguments)) is not None]


def _ends(graph: ModelGraph, arguments: Mapping) -> Finding | None:
    """One input of the given shape, and one output with a number for each class."""
    found = [tuple(graph.graph.nodes[node]["shapes"][0]) for node in graph.inputs]
    expected = (None, *arguments["input_shape"])
    if found != [expected]:
        return Finding("input_shape", "shapes", _("the input"), describe.shape(expected), _shapes(found),
                       _("Begin with one input, `keras.Input(shape=input_shape)`."), nodes=tuple(graph.inputs))
    found = [tuple(shape) for shape in graph.output_shapes()]
    expected = (None, arguments["classes"])
    if found != [expected]:
        return Finding("output_shape", "shapes", _("the output"), describe.shape(expected), _shapes(found),
                       _("End with one Dense layer that has a unit for each class."), nodes=tuple(graph.outputs))
    return None


def _shapes(shapes: list) -> str:
    return ", ".join(describe.shape(shape) for shape in shapes)


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
                   _("an addition of equal paths, or one whose longer path has no weights") if joins
                   else _("no addition"),
                   _("Keep a tensor in a variable, run layers on it, and add the result to what you kept."),
                   nodes=tuple(joins[:1]))


def _is_residual(graph: ModelGraph, join: int) -> bool:
    ends = list(_upstream(graph, join).items())[:_PATHS]
    return any(_differ(graph, one, other) for one, other in combinations(ends, 2))


def _upstream(graph: ModelGraph, join: int) -> dict[int, set[int]]:
    """Return for each tensor that a join receives, by its sender, the nodes that it is computed by."""
    ends = sorted({sender for sender, _output_number in graph.arguments(join)})
    return {end: nx.ancestors(graph.graph, end) | {end} for end in ends}


def _differ(graph: ModelGraph, one: tuple[int, set[int]], other: tuple[int, set[int]]) -> bool:
    """Whether two paths that start from one tensor differ, and the longer one has weights."""
    if not one[1] & other[1]:
        return False
    own = [one[1] - other[1], other[1] - one[1]]  # from where they fork
    forms = [_form(graph, path, end) for path, end in zip(own, (one[0], other[0]), strict=True)]
    lengths = [_length(graph, path) for path in own]
    longest = [path for path, length in zip(own, lengths, strict=True) if length == max(lengths)]
    return forms[0] != forms[1] and any(_has_weights(graph, path) for path in longest)


def _concatenation(graph: ModelGraph, _arguments: Mapping) -> Finding | None:
    """Some Concatenate joins at least two different branches, each with weights."""
    joins = _nodes(graph, "Concatenate")
    for join in joins:
        upstream = _upstream(graph, join)
        ends_behind = Counter(node for nodes in upstream.values() for node in nodes)
        own = {end: {node for node in nodes if ends_behind[node] == 1} for end, nodes in upstream.items()}
        if len({_form(graph, nodes, end) for end, nodes in own.items() if _has_weights(graph, nodes)}) > 1:
            return None
    return Finding("no_concatenation", "wiring", describe.place(graph, joins[0]) if joins else _("the whole model"),
                   _("a concatenation of at least two different branches, each with weights"),
                   _("a concatenation with fewer than two different branches that have weights") if joins
                   else _("no concatenation"),
                   _("Run two different layers on one tensor and join their outputs with `layers.concatenate`."),
                   nodes=tuple(joins[:1]))


def _sharing(graph: ModelGraph, _arguments: Mapping) -> Finding | None:
    """Some layer with weights is called on two different tensors; one tensor twice is one call in a canonical graph."""
    calls = [data["layer"] for _, data in graph.graph.nodes(data=True) if data["layer"] is not None]
    if len(calls) > len(set(calls)):
        return None
    return Finding("no_sharing", "sharing", _("the whole model"), _("a layer with weights, called on two tensors"),
                   _("no layer with weights is called on two tensors"),
                   _("Keep a layer in a variable and call it on two different tensors. On one tensor it gives the same "
                     "result twice."))


PROPERTIES: dict[str, Callable[[ModelGraph, Mapping], Finding | None]] = {
    "output": _ends, "budget": _budget, "residual": _residual, "concatenation": _concatenation, "sharing": _sharing,
}


def _nodes(graph: ModelGraph, operation: str) -> list[int]:
    return [node for node, data in graph.graph.nodes(data=True) if data["operation"] == operation]


def _length(graph: ModelGraph, path: set[int]) -> int:
    return nx.dag_longest_path_length(nx.DiGraph(graph.graph.subgraph(path)), weight=None) if path else -1


def _form(graph: ModelGraph, nodes, end: int) -> str:
    """Return the operations and settings of a path or branch, from its end back to where it starts, as one text.

    Equal forms are made of equal layers in equal order: two such paths are not different ones.
    """
    forms: dict[int, str] = {}
    for node in nx.lexicographical_topological_sort(graph.graph.subgraph(nodes)):
        data = graph.graph.nodes[node]
        sources = [forms.get(sender, "") for sender, _output in graph.arguments(node)]
        if data["operation"] in COMMUTATIVE:
            sources.sort()
        text = json.dumps([data["operation"], data["settings"], sources], sort_keys=True)
        forms[node] = hashlib.sha256(text.encode()).hexdigest()  # grows with every node otherwise
    return forms.get(end, "")


def _has_weights(graph: ModelGraph, nodes) -> bool:
    return any(graph.graph.nodes[node]["layer"] is not None for node in nodes)
