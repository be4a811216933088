"""Properties that hold for any graph of layers: what changes nothing, and that any single edit changes something."""

import json
import random

import keras
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers

from autograder.evidence import restore
from autograder.graph.building import to_keras
from autograder.graph.compare import compare, equal
from autograder.graph.model_graph import ModelGraph, from_keras

CHANNELS = 4
SHAPE = (8, 8, CHANNELS)  # every instruction keeps it, so that any tensor may go anywhere

# A program is a list of instructions on numbered tensors; tensor 0 is the input, the last one is the output.
CONVOLUTIONS = st.fixed_dictionaries({
    "kind": st.just("conv"), "kernel": st.sampled_from([1, 3]), "activation": st.sampled_from(["relu", "tanh"]),
    "bias": st.booleans(), "trainable": st.just(True), "again": st.booleans()})
OTHERS = st.fixed_dictionaries({"kind": st.sampled_from(["add", "subtract", "concatenate", "max", "average"])})
PROGRAMS = st.lists(st.tuples(st.one_of(CONVOLUTIONS, OTHERS), st.integers(0, 99), st.integers(0, 99)),
                    min_size=2, max_size=9)


def build(program: list, order: list[int] | None = None, prefix: str = "layer"):
    """Build a program's model, its instructions in another possible order of creation if one is given."""
    with keras.StatelessScope(initialize_variables=False):
        tensors, made = {0: keras.Input(SHAPE)}, {}
        for number in order or range(len(program)):
            tensors[number + 1] = run(program, number, tensors, made, prefix)
        return keras.Model(tensors[0], conv(1, "tanh", True)(tensors[len(program)]))


def conv(kernel: int, activation: str, bias: bool, **options):
    return layers.Conv2D(CHANNELS, kernel, padding="same", activation=activation, use_bias=bias, **options)


def sources(program: list, number: int) -> list[int]:
    instruction, one, two = program[number]
    first, second = one % (number + 1), two % (number + 1)
    return [first, second] if instruction["kind"] in ("add", "subtract", "concatenate") else [first]


def owner(program: list, number: int) -> int:
    """Return the instruction whose layer this one calls: an earlier convolution's, when it says `again`."""
    if program[number][0]["again"]:
        earlier = [other for other in range(number) if program[other][0]["kind"] == "conv"]
        if earlier:
            return owner(program, earlier[-1])
    return number


def run(program, number, tensors, made, prefix):
    kind = program[number][0]["kind"]
    given = [tensors[source] for source in sources(program, number)]
    name = f"{prefix}_{number}_of_ours"
    if kind == "conv":
        own = owner(program, number)
        if own not in made:
            said = program[own][0]
            made[own] = conv(said["kernel"], said["activation"], said["bias"], trainable=said["trainable"],
                             name=f"{prefix}_{own}_conv_of_ours")
        return made[own](given[0])
    if kind == "concatenate":
        return conv(1, "tanh", False, name=f"{name}_back")(layers.Concatenate(name=name)(given))
    if kind in ("max", "average"):
        pooling = layers.MaxPooling2D if kind == "max" else layers.AveragePooling2D
        return pooling(3, strides=1, padding="same", name=name)(given[0])
    return (layers.Add if kind == "add" else layers.Subtract)(name=name)(given)


def another_order(program: list, seed: int) -> list[int]:
    """Return the instructions in another order in which each comes after what it needs."""
    generator, waiting, order = random.Random(seed), list(range(len(program))), []
    while waiting:
        ready = [number for number in waiting
                 if all(source == 0 or source - 1 in order for source in sources(program, number))
                 and (program[number][0]["kind"] != "conv" or owner(program, number) in (*order, number))]
        order.append(generator.choice(ready))
        waiting.remove(order[-1])
    return order


def live(program: list) -> set[int]:
    """Return the instructions that the output depends on."""
    reached, waiting = set(), [len(program)]
    while waiting:
        tensor = waiting.pop()
        if tensor and tensor - 1 not in reached:
            reached.add(tensor - 1)
            waiting.extend(sources(program, tensor - 1))
    return reached


ANY = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@ANY
@given(PROGRAMS, st.integers(0, 10**6))
def test_renaming_and_another_order_of_creation_change_nothing(program, seed):
    one = from_keras(build(program))
    other = from_keras(build(program, another_order(program, seed), prefix="other"))
    assert equal(one, other)
    assert compare(one, other) == []


@ANY
@given(PROGRAMS)
def test_rebuilding_changes_nothing(program):
    model = build(program)
    graph = from_keras(model)
    assert equal(graph, ModelGraph.from_dict(json.loads(json.dumps(graph.to_dict()))))
    assert equal(graph, from_keras(restore(json.loads(model.to_json()))))
    with keras.StatelessScope(initialize_variables=False):
        assert equal(graph, from_keras(to_keras(graph)[0]))


EDITS = {"kernel": lambda value: 4 - value, "activation": lambda value: "tanh" if value == "relu" else "relu",
         "bias": lambda value: not value, "trainable": lambda value: not value}


@ANY
@given(PROGRAMS, st.sampled_from(sorted(EDITS)), st.integers(0, 99))
def test_any_single_edit_changes_something_and_is_named(program, key, where):
    editable = sorted({owner(program, number) for number in live(program) if program[number][0]["kind"] == "conv"})
    if not editable:
        return
    edited = [(dict(instruction), one, two) for instruction, one, two in program]
    instruction = edited[editable[where % len(editable)]][0]
    instruction[key] = EDITS[key](instruction[key])
    one, other = from_keras(build(program)), from_keras(build(edited))
    assert not equal(one, other)
    assert compare(other, one)
