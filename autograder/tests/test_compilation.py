"""How a model was compiled: what Keras would compute decides what is right, whatever it is called."""

import functools
import json
import runpy
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, losses, ops

from autograder import compilation
from autograder.evidence import collect
from autograder.graph.model_graph import from_keras
from autograder.references import Reference
from autograder.tasks import Task
from autograder.verdict import judge

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions" / "multi_output"
VARIANTS = runpy.run_path(str(SOLUTIONS / "variants.py"))["VARIANTS"]["multi_output/losses"]
MISTAKES = runpy.run_path(str(SOLUTIONS / "mistakes.py"))["MISTAKES"]["multi_output/losses"]
RIGHT = {"age": "mean_squared_error", "income": "categorical_crossentropy", "gender": "binary_crossentropy"}
WEIGHTS = {"age": 0.25, "income": 1.0, "gender": 10.0}
PEOPLE, GROUPS = 6, 4


def profile() -> keras.Model:
    """Return a small model with the outputs of the task."""
    posts = keras.Input((5,), name="posts")
    features = layers.Dense(3, activation="relu")(posts)
    return keras.Model(posts, [layers.Dense(1, name="age")(features),
                               layers.Dense(GROUPS, activation="softmax", name="income")(features),
                               layers.Dense(1, activation="sigmoid", name="gender")(features)])


def compiled(loss=RIGHT, weights=WEIGHTS, **options):
    """Return an answer that compiles with these losses and weights."""
    def answer(model):
        model.compile("adam", loss=loss, loss_weights=weights, **options)
        return model

    return answer


CASE = {"model": json.loads(profile().to_json())}
TASK = Task("unit/losses", "answer", "compiled", {"wiring": 1, "settings": 3}, (CASE,))
REFERENCE = Reference(CASE, from_keras(profile()), collect(TASK, compiled(), [CASE])["cases"][0]["compilation"])


def judged(answer):
    return judge(TASK, json.loads(json.dumps(collect(TASK, answer, [CASE]))), [REFERENCE])


def codes(answer) -> set[str]:
    return {finding.code for finding in judged(answer).findings}


# --- what Keras computes ----------------------------------------------------------------------------------------------

GENERATOR = np.random.default_rng(3)
AGES, SAID_AGES = GENERATOR.uniform(18, 80, (PEOPLE, 1)), GENERATOR.uniform(18, 80, (PEOPLE, 1))
INCOMES, SAID_INCOMES = np.eye(GROUPS)[GENERATOR.integers(0, GROUPS, PEOPLE)], GENERATOR.dirichlet(np.ones(GROUPS),
                                                                                                   PEOPLE)
GENDERS, SAID_GENDERS = GENERATOR.integers(0, 2, (PEOPLE, 1)), GENERATOR.uniform(0.1, 0.9, (PEOPLE, 1))
# By hand: this is what the task asks for.
TOTAL = (0.25 * np.mean((AGES - SAID_AGES) ** 2)
         + 1.0 * np.mean(-np.sum(INCOMES * np.log(SAID_INCOMES), axis=-1))
         + 10.0 * np.mean(-(GENDERS * np.log(SAID_GENDERS) + (1 - GENDERS) * np.log(1 - SAID_GENDERS))))


def is_right(answer) -> bool:
    """Whether an answer returns the given model, unchanged, compiled for the asked total, by what Keras computes."""
    model = profile()
    description = model.to_json()
    try:
        result = answer(model)
    except TypeError:
        return False
    if result is not model or not model.compiled:
        return False
    try:
        total = model.compute_loss(y=[ops.convert_to_tensor(values, "float32") for values in (AGES, INCOMES, GENDERS)],
                                   y_pred=[ops.convert_to_tensor(values, "float32")
                                           for values in (SAID_AGES, SAID_INCOMES, SAID_GENDERS)])
    except (KeyError, TypeError, ValueError):  # Keras refuses it, when training starts
        return False
    model.compiled = False
    unchanged = model.to_json() == description
    return unchanged and np.shape(total) == () and bool(np.isclose(float(total), TOTAL, rtol=1e-5))


@pytest.mark.parametrize("answer", VARIANTS, ids=lambda answer: answer.__name__)
def test_the_right_answers_compute_the_total_and_are_accepted(answer):
    assert is_right(answer)
    assert judged(answer).score == 4


@pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy")
@pytest.mark.parametrize(("answer", "named"), [mistake[1:] for mistake in MISTAKES],
                         ids=[mistake[1].__name__ for mistake in MISTAKES])
def test_the_mistakes_are_mistakes_and_are_named(answer, named):
    assert not is_right(answer)
    assert named & codes(answer), codes(answer)


RIGHT_TOO = {
    "classes, not instances": compiled({"age": losses.MeanSquaredError, "income": losses.CategoricalCrossentropy,
                                        "gender": losses.BinaryCrossentropy}),
    "lists of one": compiled({name: [loss] for name, loss in RIGHT.items()}),
    "lists of one, weights too": compiled({name: [loss] for name, loss in RIGHT.items()},
                                          {name: [weight] for name, weight in WEIGHTS.items()}),
    "tuples": compiled(tuple(RIGHT.values()), tuple(WEIGHTS.values())),
    "mean, the other name of the default reduction": compiled(RIGHT | {"age": losses.MeanSquaredError("mean")}),
    "the last axis, counted from the front": compiled(RIGHT | {"income": losses.CategoricalCrossentropy(axis=1)}),
    "NumPy's numbers": compiled(weights={name: np.float32(weight) for name, weight in WEIGHTS.items()}),
    "tensors": compiled(weights={name: ops.convert_to_tensor(weight) for name, weight in WEIGHTS.items()}),
    "a weight for what is no output": compiled(weights=WEIGHTS | {"posts": 7.0}),
    "a metric that is no JSON": compiled(metrics={"age": [functools.partial(keras.metrics.mean_squared_error)]}),
    "a metric's class": compiled(metrics={"age": [keras.metrics.MeanAbsoluteError]}),
}


@pytest.mark.parametrize("style", RIGHT_TOO)
def test_unusual_spellings_of_the_right_answer_are_accepted(style):
    assert is_right(RIGHT_TOO[style])
    assert judged(RIGHT_TOO[style]).findings == ()


# --- findings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "place", "found", "hint"), [
    (compiled(RIGHT | {"income": "sparse_categorical_crossentropy"}), "`income`", "sparse_", "one-hot"),
    (compiled(RIGHT | {"gender": losses.BinaryCrossentropy(from_logits=True)}), "`gender`", "from_logits=True",
     "leave `from_logits` out"),
    (compiled(RIGHT | {"income": losses.CategoricalCrossentropy(label_smoothing=0.1)}), "`income`",
     "label_smoothing=0.1", "Leave the options"),
    (compiled(RIGHT | {"age": lambda one, other: ops.mean(one - other)}), "`age`", "`<lambda>`, which is not Keras's",
     '"mean_squared_error"'),
    (compiled(RIGHT | {"age": functools.partial(losses.mean_squared_error)}), "`age`", "`partial`", "own loss"),
    (compiled(RIGHT | {"age": "mae"}), "`age`", "mean_absolute_error", 'loss={"age": "mean_squared_error", …}'),
    (compiled(RIGHT | {"age": ["mse", "mae"]}), "`age`", "mean_squared_error + mean_absolute_error", "its own loss"),
    (compiled(RIGHT | {"age": "mean_square_error"}), "`age`", "mean_square_error", "its own loss"),
    (compiled(RIGHT | {"posts": "mse"}), "`posts`", "no such output", "exactly the model's outputs"),
    (compiled([*RIGHT.values(), "mse"], None), "`4`", "no such output", "one entry for each"),
    (compiled(weights=[0.25, 1, 10, 1]), "`4`", "no such output", "one entry for each"),
    (compiled(weights=None), "`gender`", "weight 1.0", 'loss_weights={"gender": 10.0, …}'),
    (compiled(weights={"age": 0.25, "gender": 10.0}), "`income`", "no weight", "Weigh each loss"),
    (compiled(weights={name: str(weight) for name, weight in WEIGHTS.items()}), "`age`", "weight '0.25'", "Weigh each"),
    (lambda model: model, "the model", "not compiled", "model.compile("),
    (lambda model: compiled()(keras.models.clone_model(model)), "the model", "another model", "weights of its own"),
])
def test_a_finding_says_where_what_and_what_to_do(answer, place, found, hint):
    assert any(place in finding.place and found in finding.found and hint in finding.hint and finding.expected
               for finding in judged(answer).findings), str(judged(answer))


def test_a_copy_compiled_wrongly_earns_nothing():
    assert judged(lambda model: compiled()(keras.models.clone_model(model))).score == 3
    assert judged(lambda model: compiled("mse", None)(keras.models.clone_model(model))).score == 0


def test_a_model_that_is_not_compiled_has_no_description():
    assert compilation.describe(profile()) == {}


def test_looking_at_a_model_leaves_it_compiled():
    kept = profile()
    kept.compile("adam", loss="mse")
    collect(TASK, lambda given: kept, [CASE])
    assert kept.compiled and kept.get_compile_config()["loss"] == "mse"


GOOD = REFERENCE.compilation


@pytest.mark.parametrize("forged", [
    {"losses": 3}, {"losses": ["mse"]}, {"losses": {"age": 3}}, {"losses": {"age": "mse"}}, {"losses": {"age": {}}},
    {"losses": {"age": {"name": ["x"], "config": 7}}}, {"weights": "heavy"}, {"weights": {"age": {}}},
    {"weights": {"age": float("nan"), "income": 1.0, "gender": 10.0}}, {"outputs": None, "losses": None},
    {"losses": GOOD["losses"] | {"x" * 5000: {}}}, {"weights": GOOD["weights"] | {"age": "0.25" * 5000}},
])
def test_a_forged_description_is_wrong_and_no_error(forged):
    found = compilation.judge(GOOD | forged, GOOD)
    assert found
    assert all(len(str(finding)) < 2000 for finding in found)


def test_the_solution_is_judged_right():
    assert compilation.judge(json.loads(json.dumps(GOOD)), GOOD) == []
