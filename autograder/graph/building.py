"""A graph made a Keras model again: what fingerprints run, and what mutants of a graph are sent as.

Only built-in layers and operations are built; names are given anew.
"""

from collections.abc import Mapping
from functools import cache
from inspect import isclass, signature

import networkx as nx

from autograder.graph.model_graph import ModelGraph


class Unbuildable(ValueError):
    """A graph with an operation that cannot be built from its settings alone."""


def to_keras(graph: ModelGraph):
    """Return a functional model with this graph, and the layer that holds each of its weights, by layer index.

    Raises Unbuildable for an operation that has no built-in class of its name, or for settings that Keras refuses.
    Call it inside `keras.StatelessScope(initialize_variables=False)` where no weights are needed.
    """
    import keras

    tensors: dict[int, list] = {}
    layers: dict[int, object] = {}
    inputs: dict[int, object] = {}
    for node in nx.lexicographical_topological_sort(graph.graph):
        data = graph.graph.nodes[node]
        if data["operation"] == "Input":
            dtype = "int32" if data["settings"]["kind"] == "int" else "float32"
            tensors[node] = [keras.Input(data["shapes"][0][1:], dtype=dtype, name=_input_name(graph, data))]
            inputs[node] = tensors[node][0]
            continue
        given = [tensors[sender][output] for sender, output in graph.arguments(node)]
        if data["operation"] == "Output":
            tensors[node] = given
            continue
        try:
            tensors[node] = keras.tree.flatten(_call(data, given, layers))
        except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
            raise Unbuildable(f"{data['operation']}: {error}") from None
    return keras.Model([inputs[node] for node in graph.inputs], [tensors[node][0] for node in graph.outputs]), layers


def _input_name(graph: ModelGraph, data: Mapping) -> str | None:
    """Keep an input's name where no other has it: tasks may match inputs by name."""
    names = [graph.graph.nodes[node]["name"] for node in graph.inputs]
    return data["name"] if names.count(data["name"]) == 1 else None


def _call(data: Mapping, given: list, layers: dict[int, object]):
    settings = {key: value for key, value in data["settings"].items()
                if key not in ("constants", "call", "time_distributed")}
    constants = data["settings"].get("constants", [])
    keywords = data["settings"].get("call", {})
    operation = layers.get(data["layer"]) if data["layer"] is not None else None
    if operation is None:
        operation = _operation(data["operation"], settings, has_constants=bool(constants))
        for _axis in range(data["settings"].get("time_distributed", 0)):
            operation = _each_time(operation)
        if data["layer"] is not None:
            layers[data["layer"]] = operation
    arguments = list(given)
    for position, value in constants:
        arguments.insert(position, value)
    takes_list = len(_positional(operation)) == 1 and len(arguments) > 1
    return operation(arguments, **keywords) if takes_list else operation(*arguments, **keywords)


def _operation(name: str, settings: Mapping, *, has_constants: bool):
    import keras

    if name == "Activation":
        return keras.layers.Activation(settings["function"])
    if name.startswith("ops.") or has_constants:
        return _operations()[name.removeprefix("ops.")](**settings)
    return getattr(keras.layers, name).from_config(dict(settings))


def _each_time(layer):
    import keras

    return keras.layers.TimeDistributed(layer)


def _positional(operation) -> list:
    """Return the tensor parameters of an operation's call: a join takes its tensors as one list."""
    parameters = signature(operation.call).parameters.values()
    return [parameter for parameter in parameters
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
            and parameter.name not in ("mask", "training")]


@cache
def _operations() -> dict[str, type]:
    """Return the classes behind keras.ops, which has functions only, by name."""
    import keras
    from keras.src import ops

    return {name: item for module in (ops.core, ops.image, ops.linalg, ops.math, ops.nn, ops.numpy)
            for name, item in vars(module).items()
            if isclass(item) and issubclass(item, keras.Operation) and not issubclass(item, keras.layers.Layer)}
