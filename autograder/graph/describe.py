"""Words for the places of a graph: what a node is, where it stands, what shape flows out of it.

Findings, drawings and their alt texts all speak through this module, so that one thing has one name.
"""

from collections.abc import Mapping

from autograder.graph.model_graph import ModelGraph
from autograder.graph.rules import JOINS, Shape
from autograder.messages import _


def kind(data: Mapping) -> str:
    """Return the operation with its main settings: "Conv2D 3x3, stride 2, 128 filters, relu"."""
    settings = data["settings"]
    words = [data["operation"].removeprefix("ops.")]
    window = settings.get("kernel_size", settings.get("pool_size"))
    if window:
        words[0] += " " + by(window)
    strides = settings.get("strides")
    if strides and (any(side != 1 for side in _listed(strides)) or "pool_size" in settings):
        words.append(_("stride {stride}").format(stride=each(strides)))
    if any(side != 1 for side in _listed(settings.get("dilation_rate", 1))):
        words.append(_("dilation {rate}").format(rate=each(settings["dilation_rate"])))
    if "filters" in settings:
        words.append(_("{filters} filters").format(filters=settings["filters"]))
    if "units" in settings:
        words.append(_("{units} units").format(units=settings["units"]))
    if data["operation"] == "Embedding":
        words.append(by([settings["input_dim"], settings["output_dim"]]))
    if data["operation"] == "Concatenate":
        words.append(_("axis {axis}").format(axis=settings["axis"]))
    if data["operation"] == "Activation":
        return _("activation {function}").format(function=settings["function"])
    activation = settings.get("activation")
    if isinstance(activation, str) and activation != "linear":
        words.append(activation)
    return ", ".join(words)


def place(graph: ModelGraph, node: int) -> str:
    """Return where a node stands, in the student's own layer name and in words."""
    data = graph.graph.nodes[node]
    if data["operation"] == "Input":
        return _("the input `{name}`").format(name=data["name"])
    if data["operation"] == "Output":
        return _("the output")
    where = branch_of(graph, node)
    named = _("`{name}` ({operation})").format(name=data["name"], operation=data["operation"].removeprefix("ops."))
    if where is None:
        return named
    join, branch, depth = where
    return _("{layer}, layer {depth} of branch {branch} into `{join}`").format(
        layer=named, depth=depth, branch=branch, join=graph.graph.nodes[join]["name"])


def branch_of(graph: ModelGraph, node: int) -> tuple[int, int, int] | None:
    """Return the join that a node's branch leads into, the branch's number and the node's depth in it, from 1.

    None for a join itself and for a node that does not lead into exactly one join by a path without forks.
    """
    if graph.graph.nodes[node]["operation"] in JOINS:
        return None
    last = node
    while True:
        receivers = list(graph.graph.out_edges(last, data=True))
        if len(receivers) != 1:
            return None
        _sender, receiver, edge = receivers[0]
        if graph.graph.nodes[receiver]["operation"] in JOINS:
            break
        last = receiver
    return receiver, edge["position"] + 1, _depth(graph, node)


def _depth(graph: ModelGraph, node: int) -> int:
    depth = 1
    while True:
        senders = [sender for sender, _output in graph.arguments(node)]
        if len(senders) != 1 or graph.graph.nodes[senders[0]]["operation"] in JOINS | {"Input"}:
            return depth
        if graph.graph.out_degree(senders[0]) != 1:
            return depth
        node, depth = senders[0], depth + 1


def by(sides: list | int) -> str:
    """Return the sides of a window: "3x3"."""
    return "x".join(str(side) for side in _listed(sides))


def each(sides: list | int) -> str:
    """Return one number where all sides are equal: strides [2, 2] are "2"."""
    sides = _listed(sides)
    return str(sides[0]) if len(set(sides)) == 1 else by(sides)


def _listed(sides: list | int) -> list:
    return sides if isinstance(sides, list) else [sides]  # operations of keras.ops take one number for all sides


def shape(value: Shape) -> str:
    """Return a shape as Keras prints it, None for a free axis."""
    return str(tuple(value))


def count(value: int) -> str:
    """Return a count with its thousands apart: 447,872."""
    return f"{value:,}"


def in_words(graph: ModelGraph) -> list[str]:
    """Return the graph as a list of sentences, one for each node in order of computation."""
    lines = []
    for node, data in graph.graph.nodes(data=True):
        senders = [f"`{graph.graph.nodes[sender]['name']}`" for sender, _output in graph.arguments(node)]
        if data["operation"] == "Input":
            lines.append(_("Input `{name}`, shape {shape}.").format(name=data["name"], shape=shape(data["shapes"][0])))
        elif data["operation"] == "Output":
            lines.append(_("Output: {sender}.").format(sender=senders[0]))
        else:
            lines.append(_("`{name}`: {kind}, on {senders}, gives {shape}.").format(
                name=data["name"], kind=kind(data), senders=", ".join(senders), shape=shape(data["shapes"][0])))
    return lines
