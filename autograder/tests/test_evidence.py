"""Only data leaves a student's process, and only built-in layers are rebuilt from it."""

import copy
import json

import keras
import pytest
from keras import layers, ops

from autograder import evidence
from autograder.evidence import EvidenceError, collect, restore
from autograder.graph.compare import equal
from autograder.graph.model_graph import from_keras
from autograder.tasks import Task
from autograder.tests.models import conv, graph_of, two_branches

TASK = Task("unit/branches", "build", "tensor", {"shapes": 1}, ({"x": [32, 24, 3]},))


def config_of(build) -> dict:
    return collect(TASK, build, TASK.visible)["cases"][0]["model"]


def problem_of(answer) -> dict:
    return collect(TASK, answer, TASK.visible)["cases"][0]


def test_evidence_is_json_and_gives_the_same_model_again():
    config = json.loads(json.dumps(config_of(two_branches)))
    assert equal(from_keras(restore(config)), graph_of(two_branches))


@pytest.mark.parametrize("build", [
    lambda x: ops.concatenate([x * 2.0, ops.relu(x) - x], axis=-1),
    lambda x: keras.Sequential([conv(3), layers.BatchNormalization()])(x),
    lambda x: x[:, ::2, ::2, :],
    lambda x: conv(3, kernel_regularizer="l2", kernel_initializer="he_normal")(x),
])
def test_what_students_write_with_built_in_parts_can_travel(build):
    assert equal(from_keras(restore(config_of(build))), graph_of(build))


@pytest.mark.parametrize(("answer", "problem"), [
    (lambda x: None, "not_a_tensor"), (lambda x: keras.Model(x, x), "not_a_tensor"), (3, "not_callable"),
    (lambda x: 1 / 0, "raised"), (lambda x: conv(3)(layers.Flatten()(x)), "raised"),
    (lambda x: keras.Input((3,)), "raised"), (lambda x: (_ for _ in ()).throw(SystemExit(3)), "raised"),
])
def test_whatever_an_answer_does_is_evidence(answer, problem):
    assert problem_of(answer)["problem"] == problem


def test_an_error_names_the_students_own_line():
    def answer(x):
        return conv(3)(layers.Flatten()(x))  # this line

    assert "this line" in problem_of(answer)["text"]


def test_a_builder_that_needs_real_variables_is_run_without_the_scope():
    def answer(x):
        layer = conv(3)
        y = layer(x)
        layer.kernel.assign(layer.kernel * 0)
        layer.kernel.numpy()  # there is nothing to copy inside the scope
        return y

    assert "model" in problem_of(answer)


def test_a_model_too_large_to_send_is_a_problem():
    assert problem_of(lambda x: layers.Concatenate()([x] * 12_000))["problem"] == "too_large"


def tampered(change) -> dict:
    config = copy.deepcopy(config_of(conv(3)))
    change(config)
    return config


def layer_of(config: dict) -> dict:
    return config["config"]["layers"][1]


@pytest.mark.parametrize("change", [
    lambda c: layer_of(c).update(class_name="Lambda"),
    lambda c: layer_of(c).update(module="os", class_name="system"),
    lambda c: layer_of(c).update(module="keras.layers", class_name="TFSMLayer"),
    lambda c: layer_of(c).update(module="__main__", class_name="Own"),
    lambda c: layer_of(c).update(registered_name="Package>Own"),
    lambda c: layer_of(c).update(class_name=["Conv2D"]),
    lambda c: layer_of(c)["config"].update(activation={
        "module": "builtins", "class_name": "function", "config": "exec", "registered_name": "function"}),
    lambda c: layer_of(c)["config"].update(activation={"class_name": "__lambda__", "config": {"value": "x"}}),
    lambda c: layer_of(c)["config"].update(filters=10**12),
    lambda c: layer_of(c)["config"].update(filters=float("nan")),
    lambda c: layer_of(c)["config"].update(filters=float("inf")),
    lambda c: layer_of(c)["config"].update(filters="many"),
    lambda c: layer_of(c).pop("config"),
    lambda c: c["config"].update(layers=[]),
    lambda c: c["config"].update(layers=c["config"]["layers"] * 2000),
    lambda c: c.update(class_name="Own"),
    lambda c: c["config"].update(name="x" * 2_000_000),
    lambda c: c["config"].update(deep=json.loads("[" * 200 + "]" * 200)),
])
def test_evidence_made_to_harm_is_refused(change):
    with pytest.raises(EvidenceError):
        restore(tampered(change))


@pytest.mark.parametrize("nothing", [None, 3, [], "model", {}])
def test_no_model_is_refused(nothing):
    with pytest.raises(EvidenceError):
        restore(nothing)


def test_the_allow_list_holds_what_the_book_uses_and_nothing_that_runs_code():
    names = {name for _module, name in evidence.allowed()}
    assert {"Conv2D", "LSTM", "Concatenate", "Add", "Relu", "TimeDistributed", "GlorotUniform"} <= names
    assert not names & {"Lambda", "TFSMLayer", "TorchModuleWrapper", "WhileLoop", "Cond", "function"}
