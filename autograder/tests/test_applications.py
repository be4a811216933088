"""Networks of hundreds of layers: every architecture of keras.applications that builds without a download."""

import inspect
import json

import keras
import networkx as nx
import pytest
from keras import applications

from autograder.graph import arithmetic
from autograder.graph.compare import equal
from autograder.graph.model_graph import ModelGraph, from_keras

SIX = ["DenseNet121", "EfficientNetB0", "InceptionV3", "MobileNetV2", "NASNetMobile", "ResNet50"]
ALL = sorted(name for name, item in vars(applications).items() if inspect.isfunction(item))


@pytest.fixture(scope="module")
def graphs() -> dict[str, ModelGraph]:
    return {}


def graph_of(name: str, graphs: dict) -> ModelGraph:
    if name not in graphs:
        with keras.StatelessScope(initialize_variables=False):
            graphs[name] = from_keras(getattr(applications, name)(weights=None))
    return graphs[name]


def renamed_and_shuffled(graph: ModelGraph) -> ModelGraph:
    """Return the same graph with other names, other node numbers and another order of everything."""
    nodes = list(graph.graph)
    numbers = {node: (number * 7919 + 13) % 1_000_003 for number, node in enumerate(reversed(nodes))}
    shuffled = nx.MultiDiGraph()
    for node in sorted(nodes, key=numbers.__getitem__):
        shuffled.add_node(numbers[node], **graph.graph.nodes[node] | {"name": f"n{numbers[node]}"})
    for sender, receiver, data in reversed(list(graph.graph.edges(data=True))):
        shuffled.add_edge(numbers[sender], numbers[receiver], **data)
    return ModelGraph(shuffled, graph.layers)


def check_architecture(name: str, graphs: dict, others: list[str]) -> None:
    graph = graph_of(name, graphs)
    again = ModelGraph.from_dict(json.loads(json.dumps(graph.to_dict())))
    assert again.to_dict() == graph.to_dict() or json.dumps(again.to_dict()) == json.dumps(graph.to_dict())
    assert equal(graph, renamed_and_shuffled(graph))
    for other in others:
        if other != name:
            assert not equal(graph, graph_of(other, graphs)), other
    assert arithmetic.evaluate(arithmetic.model_formula(graph)) == graph.parameters


@pytest.mark.exam
@pytest.mark.parametrize("name", SIX)
def test_six_architectures(name, graphs):
    check_architecture(name, graphs, SIX)


@pytest.mark.soak
@pytest.mark.parametrize("name", ALL)
def test_every_architecture(name, graphs):
    check_architecture(name, graphs, ALL)
