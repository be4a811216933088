"""The grader's own exam: wrong models made from right ones, one change at a time.

Each operator is a mistake that people make. It takes the graph of a right answer and yields graphs with that one
mistake at every place where it can be made, with the findings that would name it. Graphs that no longer build, and
graphs that the rewrite rules prove equal to the original, are no mutants.
"""

import copy
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import networkx as nx

from autograder.graph.building import Unbuildable, to_keras
from autograder.graph.compare import equal
from autograder.graph.model_graph import LayerWeights, ModelGraph, from_keras
from autograder.graph.rules import ENDS, JOINS
from autograder.graph.weightless import weightless

LIMIT = 12  # mutants of one operator on one task; more of a kind teach nothing new
_WINDOWED = ("Conv1D", "Conv2D", "Conv3D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling1D", "MaxPooling2D",
             "AveragePooling1D", "AveragePooling2D")


@dataclass(frozen=True)
class Mutant:
    """A wrong model: what was done to the right one, and which findings name it."""

    operator: str
    change: str
    graph: ModelGraph
    model: dict  # the Keras config, as evidence would carry it
    codes: frozenset[str]


def of_graph(right: ModelGraph, freedoms: tuple[str, ...] = (), named: tuple[str, ...] = (), *,
             without: Collection[str] = ()) -> Iterator[Mutant]:
    """Yield the mutants of a right model's graph that build and that no rewrite rule proves equal to it.

    Operators named in `without` are left out.
    """
    import json


    for name, (operator, codes) in OPERATORS.items():
        made = 0
        for change, graph in operator(right) if name not in without else ():
            if made == LIMIT:
                break
            try:
                with weightless():
                    model, _layers = to_keras(graph)
                    config = json.loads(model.to_json())
                    built = from_keras(model)
            except (Unbuildable, ValueError, TypeError):
                continue  # a model that cannot be built fails in the student's own hands
            if equal(built, right, freedoms, named):
                continue
            made += 1
            yield Mutant(name, change, built, config, frozenset(codes))


# --- editing a graph --------------------------------------------------------------------------------------------------

_Change = tuple[str, ModelGraph]


def _edited(graph: ModelGraph) -> ModelGraph:
    return ModelGraph(copy.deepcopy(graph.graph), list(graph.layers))


def _nodes(graph: ModelGraph, *operations: str) -> list[int]:
    return [node for node, data in graph.graph.nodes(data=True)
            if data["operation"] not in ENDS and (not operations or data["operation"] in operations)]


def _with_settings(graph: ModelGraph, node: int, **settings) -> _Change:
    """Change settings of a layer, at each of its calls; None takes a setting away."""
    edited = _edited(graph)
    layer = graph.graph.nodes[node]["layer"]
    same = [node] if layer is None else [other for other, data in graph.graph.nodes(data=True)
                                         if data["layer"] == layer]
    for call in same:
        changed = edited.graph.nodes[call]["settings"] | settings
        edited.graph.nodes[call]["settings"] = {key: value for key, value in changed.items() if value is not None}
    return f"{graph.graph.nodes[node]['name']}: {settings}", edited


def _set_sources(graph: ModelGraph, node: int, sources: list[tuple[int, int]]) -> None:
    graph.graph.remove_edges_from(list(graph.graph.in_edges(node, keys=True)))
    for position, (sender, output) in enumerate(sources):
        graph.graph.add_edge(sender, node, position=position, output=output)


def _take_out(graph: ModelGraph, node: int) -> ModelGraph:
    """Return the graph with a node bridged: who received it receives its first source."""
    edited = _edited(graph)
    source = edited.arguments(node)[0]
    for receiver in set(edited.graph.successors(node)):
        _set_sources(edited, receiver, [source if sender == node else (sender, output)
                                        for sender, output in edited.arguments(receiver)])
    edited.graph.remove_node(node)
    return edited


def _put_behind(graph: ModelGraph, node: int, operation: str, settings: dict, *, weights: bool = False) -> ModelGraph:
    """Return the graph with a new node between a node and all that received it."""
    edited = _edited(graph)
    new = max(edited.graph) + 1
    receivers = set(edited.graph.successors(node))
    layer = None
    if weights:
        edited.layers.append(LayerWeights("extra", 0, 0))
        layer = len(edited.layers) - 1
    edited.graph.add_node(new, operation=operation, settings=settings, shapes=edited.graph.nodes[node]["shapes"],
                          name="extra", layer=layer)
    edited.graph.add_edge(node, new, position=0, output=0)
    for receiver in receivers:
        _set_sources(edited, receiver, [(new, 0) if sender == node else (sender, output)
                                        for sender, output in edited.arguments(receiver)])
    return edited


def _shape(graph: ModelGraph, node: int) -> tuple:
    return tuple(graph.graph.nodes[node]["shapes"][0])


def _sources(graph: ModelGraph, node: int) -> list[int]:
    return [sender for sender, _output in graph.arguments(node)]


# --- operators --------------------------------------------------------------------------------------------------------


def _other_value(key: str, values: Callable) -> Callable[[ModelGraph], Iterator[_Change]]:
    def operator(graph: ModelGraph) -> Iterator[_Change]:
        for node in _nodes(graph):
            settings = graph.graph.nodes[node]["settings"]
            if key in settings:
                for value in values(settings[key]):
                    yield _with_settings(graph, node, **{key: value})
    return operator


def _stride(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, *_WINDOWED):
        strides = graph.graph.nodes[node]["settings"]["strides"]
        yield _with_settings(graph, node, strides=[1 if side > 1 else 2 for side in strides])


def _stride_on_the_wrong_layer(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, *_WINDOWED):
        for other in _nodes(graph, *_WINDOWED):
            one, two = (graph.graph.nodes[each]["settings"]["strides"] for each in (node, other))
            related = nx.has_path(graph.graph, node, other) or nx.has_path(graph.graph, other, node)
            if node != other and related and max(one) > 1 and max(two) == 1:
                change, edited = _with_settings(graph, node, strides=two)
                yield f"{change}, moved to {graph.graph.nodes[other]['name']}", \
                    _with_settings(edited, other, strides=one)[1]


def _kernel(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, *_WINDOWED):
        settings = graph.graph.nodes[node]["settings"]
        key = "kernel_size" if "kernel_size" in settings else "pool_size"
        yield _with_settings(graph, node, **{key: [side + 2 for side in settings[key]]})
        if min(settings[key]) > 1:
            yield _with_settings(graph, node, **{key: [side - 1 for side in settings[key]]})


def _dilation(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, "Conv1D", "Conv2D", "Conv3D"):
        rate = graph.graph.nodes[node]["settings"]["dilation_rate"]
        yield _with_settings(graph, node, dilation_rate=[2] * len(rate))


def _groups(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, "Conv1D", "Conv2D", "Conv3D"):
        channels, filters = _shape(graph, _sources(graph, node)[0])[-1], _shape(graph, node)[-1]
        for groups in range(2, min(channels, filters) + 1):
            if channels % groups == 0 and filters % groups == 0:
                yield _with_settings(graph, node, groups=groups)
                break


def _padding(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, *_WINDOWED):
        padding = graph.graph.nodes[node]["settings"]["padding"]
        yield _with_settings(graph, node, padding="valid" if padding == "same" else "same")


def _activation_missing(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph):
        if "activation" in graph.graph.nodes[node]["settings"] and graph.graph.nodes[node]["operation"] != "LSTM":
            yield _with_settings(graph, node, activation="linear")
    for node in _nodes(graph, "Activation"):
        yield f"{graph.graph.nodes[node]['name']} taken out", _take_out(graph, node)


def _activation_other(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph):
        found = graph.graph.nodes[node]["settings"].get("activation")
        if found is not None:
            yield _with_settings(graph, node, activation="tanh" if found != "tanh" else "relu")
    for node in _nodes(graph, "Activation"):
        yield _with_settings(graph, node, function="tanh")


def _activation_extra(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, "Conv1D", "Conv2D", "Dense"):
        if "activation" not in graph.graph.nodes[node]["settings"]:
            feeds_a_join = any(graph.graph.nodes[receiver]["operation"] in JOINS
                               for receiver in graph.graph.successors(node))
            where = " (it feeds a join)" if feeds_a_join else ""
            change, edited = _with_settings(graph, node, activation="relu")
            yield change + where, edited


def _activation_past_the_join(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, *JOINS):
        for sender in _sources(graph, node):
            found = graph.graph.nodes[sender]["settings"].get("activation")
            if found and graph.graph.nodes[sender]["operation"] != "LSTM":
                change, edited = _with_settings(graph, sender, activation="linear")
                yield f"{change}, behind the join", _put_behind(edited, node, "Activation", {"function": found})


def _pooling(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph):
        operation = graph.graph.nodes[node]["operation"]
        if "Pooling" in operation:
            edited = _edited(graph)
            other = (operation.replace("Max", "Average") if "Max" in operation
                     else operation.replace("Average", "Max"))
            edited.graph.nodes[node]["operation"] = other
            yield f"{operation} becomes {other}", edited


def _join(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, "Add", "Concatenate", "Average"):
        operation = graph.graph.nodes[node]["operation"]
        for other in ("Add", "Multiply", "Average", "Maximum", "Concatenate"):
            if other != operation and len(set(_sources(graph, node))) > 1:
                edited = _edited(graph)
                settings = {"axis": len(_shape(graph, node)) - 1} if other == "Concatenate" else {}
                edited.graph.nodes[node].update(operation=other, settings=settings)
                yield f"{operation} becomes {other}", edited


def _axis(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, "Concatenate"):
        for axis in range(1, len(_shape(graph, node)) - 1):
            yield _with_settings(graph, node, axis=axis)


def _branch_missing(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, *JOINS):
        sources = graph.arguments(node)
        for left_out in range(len(sources)):
            rest = sources[:left_out] + sources[left_out + 1:]
            edited = _edited(graph)
            _set_sources(edited, node, rest)
            change = f"input {left_out + 1} of {graph.graph.nodes[node]['name']} left out"
            yield change, _take_out(edited, node) if len(rest) == 1 else edited


def _branch_extra(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, *JOINS):
        for sender, output in graph.arguments(node):
            if graph.graph.nodes[sender]["layer"] is None:
                continue
            edited = _edited(graph)
            new = max(edited.graph) + 1
            edited.layers.append(LayerWeights("extra", 0, 0))
            edited.graph.add_node(new, **copy.deepcopy(edited.graph.nodes[sender]) | {
                "layer": len(edited.layers) - 1, "name": "extra"})
            for position, (source, number) in enumerate(edited.arguments(sender)):
                edited.graph.add_edge(source, new, position=position, output=number)
            _set_sources(edited, node, [*edited.arguments(node), (new, output)])
            yield f"{graph.graph.nodes[sender]['name']} a second time into the join", edited


def _truncated(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph):
        if graph.graph.nodes[node]["operation"] not in JOINS:
            yield f"{graph.graph.nodes[node]['name']} left out", _take_out(graph, node)


def _wrong_source(graph: ModelGraph) -> Iterator[_Change]:
    """A node receives another tensor of the same shape: the shortcut from the wrong place, the branch off a branch."""
    for node in _nodes(graph):
        sources = graph.arguments(node)
        for position, (sender, output) in enumerate(sources):
            for other in graph.graph:
                if graph.graph.nodes[other]["operation"] == "Output" or other == sender:
                    continue
                if _shape(graph, other) != _shape(graph, sender) or nx.has_path(graph.graph, node, other):
                    continue
                edited = _edited(graph)
                _set_sources(edited, node, [*sources[:position], (other, output), *sources[position + 1:]])
                yield (f"{graph.graph.nodes[node]['name']} on {graph.graph.nodes[other]['name']} "
                       f"instead of {graph.graph.nodes[sender]['name']}"), edited


def _projection_missing(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph, "Conv1D", "Conv2D", "Dense"):
        settings = graph.graph.nodes[node]["settings"]
        into_add = any(graph.graph.nodes[receiver]["operation"] == "Add"
                       for receiver in graph.graph.successors(node))
        if not into_add or "activation" in settings:
            continue
        edited = _take_out(graph, node)
        if max(settings.get("strides", [1])) > 1:  # without it, only a pooling makes the sizes fit
            edited = _edited(graph)
            edited.graph.nodes[node].update(operation="MaxPooling2D", layer=None, settings={
                "pool_size": settings["strides"], "strides": settings["strides"], "padding": "valid",
                "data_format": "channels_last"})
        yield f"{graph.graph.nodes[node]['name']} is no projection any more", edited


def _unshared(graph: ModelGraph) -> Iterator[_Change]:
    for layer in range(len(graph.layers)):
        calls = [node for node, data in graph.graph.nodes(data=True) if data["layer"] == layer]
        for node in calls[1:]:
            edited = _edited(graph)
            edited.layers.append(LayerWeights("twin", 0, 0))
            edited.graph.nodes[node]["layer"] = len(edited.layers) - 1
            yield f"{graph.graph.nodes[node]['name']} with weights of its own", edited


def _over_shared(graph: ModelGraph) -> Iterator[_Change]:
    weighted = [node for node in _nodes(graph) if graph.graph.nodes[node]["layer"] is not None]
    for number, node in enumerate(weighted):
        for other in weighted[number + 1:]:
            one, two = graph.graph.nodes[node], graph.graph.nodes[other]
            same_layer = (one["operation"], one["settings"]) == (two["operation"], two["settings"])
            channels = [_shape(graph, _sources(graph, each)[0])[-1] for each in (node, other)]
            if same_layer and one["layer"] != two["layer"] and channels[0] == channels[1]:
                edited = _edited(graph)
                edited.graph.nodes[other]["layer"] = one["layer"]
                yield f"{one['name']} also in place of {two['name']}", edited


def _extra_layer(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph):
        if len(_shape(graph, node)) == 4 and None not in _shape(graph, node)[1:]:
            yield f"normalisation behind {graph.graph.nodes[node]['name']}", _put_behind(
                graph, node, "BatchNormalization", {"axis": -1}, weights=True)
        elif len(_shape(graph, node)) == 2:
            yield f"a Dense layer behind {graph.graph.nodes[node]['name']}", _put_behind(
                graph, node, "Dense", {"units": _shape(graph, node)[-1]}, weights=True)


def _dropout(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph):
        if graph.graph.nodes[node]["operation"] == "Dropout":
            yield f"{graph.graph.nodes[node]['name']} left out", _take_out(graph, node)
            yield _with_settings(graph, node, rate=0.1)
        elif graph.graph.nodes[node]["layer"] is not None:
            edited = _put_behind(graph, node, "Dropout", {"rate": 0.5})
            yield f"Dropout behind {graph.graph.nodes[node]['name']}", edited


def _frozen(graph: ModelGraph) -> Iterator[_Change]:
    for node in _nodes(graph):
        if graph.graph.nodes[node]["layer"] is not None:
            yield _with_settings(graph, node, trainable=False)


def _wrong_output(graph: ModelGraph) -> Iterator[_Change]:
    for output in graph.outputs:
        for node in reversed(_nodes(graph)):
            if node != _sources(graph, output)[0]:
                edited = _edited(graph)
                _set_sources(edited, output, [(node, 0)])
                yield f"the output is {graph.graph.nodes[node]['name']}", edited


def _outputs_swapped(graph: ModelGraph) -> Iterator[_Change]:
    for one, two in zip(graph.outputs, graph.outputs[1:], strict=False):
        edited = _edited(graph)
        _set_sources(edited, one, graph.arguments(two))
        _set_sources(edited, two, graph.arguments(one))
        yield "two outputs swapped", edited


def _inputs_swapped(graph: ModelGraph) -> Iterator[_Change]:
    for one, two in zip(graph.inputs, graph.inputs[1:], strict=False):
        edited = _edited(graph)
        for node in graph.graph:
            swapped = [({one: two, two: one}.get(sender, sender), output) for sender, output in graph.arguments(node)]
            _set_sources(edited, node, swapped)
        yield "two inputs swapped", edited


_WIRING = ("wiring", "missing_layer", "missing_branch", "extra_layer", "extra_branch", "structure", "order")
_PARTS = ("missing_layer", "missing_branch", "extra_layer", "extra_branch", "other_operation")

# What each mistake is called, how it is made, and which findings name it.
OPERATORS: dict[str, tuple[Callable[[ModelGraph], Iterator[_Change]], tuple[str, ...]]] = {
    "wrong stride": (_stride, ("stride",)),
    "stride on the wrong layer": (_stride_on_the_wrong_layer, ("stride",)),
    "wrong kernel": (_kernel, ("kernel",)),
    "wrong dilation": (_dilation, ("dilation",)),
    "wrong groups": (_groups, ("groups",)),
    "wrong bias": (_other_value("use_bias", lambda value: [not value]), ("bias",)),
    "wrong padding": (_padding, ("padding",)),
    "activation missing": (_activation_missing, ("missing_activation", "missing_layer")),
    "other activation": (_activation_other, ("activation",)),
    "activation on a linear layer": (_activation_extra, ("extra_activation",)),
    "activation moved past the join": (_activation_past_the_join, ("missing_activation", "extra_layer")),
    "max for average pooling and back": (_pooling, ("other_operation",)),
    "another join": (_join, ("other_operation",)),
    "wrong axis": (_axis, ("axis",)),
    "branch or shortcut missing": (_branch_missing, (*_PARTS, "wiring", "structure")),
    "branch extra": (_branch_extra, _PARTS),
    "branch truncated": (_truncated, (*_PARTS, "wiring", "structure")),
    "wrong tensor": (_wrong_source, (*_WIRING, "not_shared", "over_shared")),
    "projection missing": (_projection_missing, (*_PARTS, "wiring")),
    "unshared twin": (_unshared, ("not_shared",)),
    "over-shared layer": (_over_shared, ("over_shared",)),
    "extra layer": (_extra_layer, ("extra_layer",)),
    "dropout more, less or other": (_dropout, ("extra_layer", "missing_layer", "setting")),
    "frozen layer": (_frozen, ("frozen",)),
    "wrong output tensor": (_wrong_output, (*_PARTS, *_WIRING)),
    "outputs swapped": (_outputs_swapped, (*_WIRING, "output_shape")),
    "inputs swapped": (_inputs_swapped, (*_WIRING, "input_shape", "vocabulary")),
    "wrong units": (_other_value("units", lambda value: [value + 1]), ("units",)),
    "wrong filters": (_other_value("filters", lambda value: [value + 1]), ("units",)),
    "wrong vocabulary": (_other_value("input_dim", lambda value: [value + 1]), ("vocabulary",)),
    "wrong embedding size": (_other_value("output_dim", lambda value: [value + 1]), ("units", "setting")),
}
