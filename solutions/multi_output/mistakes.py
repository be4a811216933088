"""Wrong answers to the multi_output task: the grader's own exam, which must reject every one and name the mistake.

Each docstring says why the answer is wrong.
"""

import json

import keras
from keras import layers, losses, ops

RIGHT = {"age": "mean_squared_error", "income": "categorical_crossentropy", "gender": "binary_crossentropy"}
WEIGHTS = {"age": 0.25, "income": 1.0, "gender": 10.0}


def _compiled(model, loss, weights):
    model.compile(optimizer="adam", loss=loss, loss_weights=weights)
    return model


# --- another loss -----------------------------------------------------------------------------------------------------


def age_and_income_swapped(model):
    """Ages are scored as classes and classes as numbers."""
    return _compiled(model, RIGHT | {"age": RIGHT["income"], "income": RIGHT["age"]}, WEIGHTS)


def income_and_gender_swapped(model):
    """The cross-entropy of several classes over one unit is always zero: gender learns nothing."""
    return _compiled(model, RIGHT | {"gender": RIGHT["income"], "income": RIGHT["gender"]}, WEIGHTS)


def categorical_for_one_unit(model):
    """The one sigmoid unit of gender is normalised to 1, so that its loss is always zero."""
    return _compiled(model, RIGHT | {"gender": "categorical_crossentropy"}, WEIGHTS)


def binary_for_many_classes(model):
    """Each income group is scored as a question of its own, not as one choice among all."""
    return _compiled(model, RIGHT | {"income": "binary_crossentropy"}, WEIGHTS)


def sparse_for_one_hot(model):
    """The sparse loss wants the number of the class; the targets are one-hot vectors."""
    return _compiled(model, RIGHT | {"income": losses.SparseCategoricalCrossentropy()}, WEIGHTS)


def squared_error_for_classes(model):
    """Income groups are classes, and the squared error of their probabilities is no cross-entropy."""
    return _compiled(model, RIGHT | {"income": "mse"}, WEIGHTS)


def absolute_error(model):
    """The mean absolute error is not the squared one."""
    return _compiled(model, RIGHT | {"age": "mae"}, WEIGHTS)


def huber(model):
    """Huber's loss is linear where errors are large."""
    return _compiled(model, RIGHT | {"age": losses.Huber()}, WEIGHTS)


def logarithmic_error(model):
    """The error of the logarithms is another loss than the error itself."""
    return _compiled(model, RIGHT | {"age": "mean_squared_logarithmic_error"}, WEIGHTS)


def focal(model):
    """The focal loss weighs easy examples down."""
    return _compiled(model, RIGHT | {"gender": losses.BinaryFocalCrossentropy()}, WEIGHTS)


def hinge(model):
    """The hinge loss is for targets -1 and 1 and for outputs without a sigmoid."""
    return _compiled(model, RIGHT | {"gender": "hinge"}, WEIGHTS)


def one_loss_for_all(model):
    """A single loss goes to every output."""
    return _compiled(model, "mse", None)


def one_loss_with_three_weights(model):
    """One loss and three weights do not match: Keras refuses them when training starts."""
    return _compiled(model, "categorical_crossentropy", [0.25, 1.0, 10.0])


def listed_by_the_alphabet(model):
    """A list is in the order of the model's outputs, which is not the alphabet's: gender gets income's loss."""
    return _compiled(model, [RIGHT["age"], RIGHT["gender"], RIGHT["income"]], [0.25, 1.0, 10.0])


def several_losses_for_one_output(model):
    """Keras adds up the losses of a list: the absolute error is one too many."""
    return _compiled(model, RIGHT | {"age": ["mse", "mae"]}, None)


# --- the right loss with other options --------------------------------------------------------------------------------


def logits_said_of_a_sigmoid(model):
    """`from_logits=True` applies a sigmoid to what is a probability already."""
    return _compiled(model, RIGHT | {"gender": losses.BinaryCrossentropy(from_logits=True)}, WEIGHTS)


def logits_said_of_a_softmax(model):
    """`from_logits=True` applies a softmax to what is a distribution already."""
    return _compiled(model, RIGHT | {"income": losses.CategoricalCrossentropy(from_logits=True)}, WEIGHTS)


def summed_over_the_batch(model):
    """The sum over a batch grows with the batch; the loss is its mean."""
    return _compiled(model, RIGHT | {"age": losses.MeanSquaredError(reduction="sum")}, WEIGHTS)


def not_reduced(model):
    """Without reduction the loss is a number for each example, and the total no single number."""
    return _compiled(model, RIGHT | {"gender": losses.BinaryCrossentropy(reduction="none")}, WEIGHTS)


def labels_smoothed(model):
    """Smoothed labels are other targets."""
    return _compiled(model, RIGHT | {"income": losses.CategoricalCrossentropy(label_smoothing=0.1)}, WEIGHTS)


# --- code of one's own under a familiar name --------------------------------------------------------------------------


def mean_squared_error(targets, outputs):
    """The absolute error under the name of the squared one: it forgets to square."""
    return ops.mean(ops.abs(targets - outputs), axis=-1)


class BinaryCrossentropy(losses.Loss):
    """Half of the cross-entropy: the term of the negative examples is forgotten."""

    def call(self, y_true, y_pred):
        """Return the cross-entropy of the positive examples."""
        return -ops.mean(y_true * ops.log(y_pred + 1e-7), axis=-1)


def a_function_of_the_same_name(model):
    """Only the name is the squared error's."""
    return _compiled(model, RIGHT | {"age": mean_squared_error}, WEIGHTS)


def a_class_of_the_same_name(model):
    """Only the name is the binary cross-entropy's."""
    return _compiled(model, RIGHT | {"gender": BinaryCrossentropy()}, WEIGHTS)


def a_lambda(model):
    """The root of the squared error is not the squared error."""
    return _compiled(model, RIGHT | {"age": lambda targets, outputs: ops.sqrt(ops.mean((targets - outputs) ** 2))},
                     WEIGHTS)


# --- losses that do not fit the outputs -------------------------------------------------------------------------------


def one_loss_left_out(model):
    """Keras wants a loss for each output, and refuses when training starts."""
    return _compiled(model, {"age": RIGHT["age"], "income": RIGHT["income"]}, WEIGHTS)


def none_for_one_output(model):
    """An output without a loss learns nothing."""
    return _compiled(model, RIGHT | {"income": None}, WEIGHTS)


def another_name_of_an_output(model):
    """The model has no output `incomes`: Keras refuses when training starts."""
    return _compiled(model, {"age": RIGHT["age"], "incomes": RIGHT["income"], "gender": RIGHT["gender"]}, WEIGHTS)


def a_loss_for_the_input(model):
    """`posts` is the input: Keras refuses a loss for what is no output."""
    return _compiled(model, RIGHT | {"posts": "mse"}, WEIGHTS)


def a_loss_too_many(model):
    """Four losses do not fit three outputs: Keras refuses them when training starts."""
    return _compiled(model, [*RIGHT.values(), "mse"], [0.25, 1.0, 10.0, 1.0])


def a_misspelt_loss(model):
    """Keras knows no loss of this name, and says so when training starts."""
    return _compiled(model, RIGHT | {"income": "categorical_cross_entropy"}, WEIGHTS)


def losses_as_metrics(model):
    """Metrics are looked at and never learned from: there is no loss."""
    model.compile(optimizer="adam", metrics=RIGHT)
    return model


# --- other weights ----------------------------------------------------------------------------------------------------


def without_weights(model):
    """Each loss has the weight 1, and the squared error of ages rules the sum."""
    return _compiled(model, RIGHT, None)


def age_and_gender_weighed_the_other_way(model):
    """Age has gender's weight and gender age's."""
    return _compiled(model, RIGHT, {"age": 10.0, "income": 1.0, "gender": 0.25})


def income_and_gender_weighed_the_other_way(model):
    """Income has gender's weight and gender income's."""
    return _compiled(model, RIGHT, {"age": 0.25, "income": 10.0, "gender": 1.0})


def weights_listed_by_the_alphabet(model):
    """The list is in the order of age, gender, income; the outputs are not."""
    return _compiled(model, RIGHT, [0.25, 10.0, 1.0])


def named_weights_beside_listed_losses(model):
    """Keras reads such weights in the order of their sorted names, and gives income the weight of gender."""
    return _compiled(model, list(RIGHT.values()), WEIGHTS)


def weights_times_four(model):
    """The ratios are right and the sum is four times as large, as are the gradients."""
    return _compiled(model, RIGHT, {name: 4 * weight for name, weight in WEIGHTS.items()})


def weights_that_sum_to_one(model):
    """The weights are divided by their sum."""
    return _compiled(model, RIGHT, {name: weight / 11.25 for name, weight in WEIGHTS.items()})


def weights_rounded_down(model):
    """A quarter as a whole number is zero: age is not learned at all."""
    return _compiled(model, RIGHT, {name: int(weight) for name, weight in WEIGHTS.items()})


def weights_as_text(model):
    """Text is no number: Keras refuses it when training starts."""
    return _compiled(model, RIGHT, {name: str(weight) for name, weight in WEIGHTS.items()})


def a_weight_left_out(model):
    """Keras wants a weight for each output where there are any, and refuses when training starts."""
    return _compiled(model, RIGHT, {"age": 0.25, "gender": 10.0})


def a_weight_too_many(model):
    """Four weights do not fit three losses: Keras refuses them when training starts."""
    return _compiled(model, RIGHT, [0.25, 1.0, 10.0, 1.0])


# --- another model ----------------------------------------------------------------------------------------------------


def not_compiled(model):
    """A model that is not compiled cannot be trained."""
    return model


def nothing_returned(model):
    """`compile` gives nothing back, and the function passes that on."""
    return model.compile(optimizer="adam", loss=RIGHT, loss_weights=WEIGHTS)


def a_pair_returned(model):
    """The function returns a pair, not the model."""
    return _compiled(model, RIGHT, WEIGHTS), RIGHT


def an_argument_that_does_not_exist(model):
    """`compile` calls it `loss`, and raises."""
    model.compile(optimizer="adam", losses=RIGHT, loss_weights=WEIGHTS)
    return model


def a_clone(model):
    """A clone has weights of its own: training it leaves the given model as it was."""
    return _compiled(keras.models.clone_model(model), RIGHT, WEIGHTS)


def a_copy_through_json(model):
    """A model made from the description of another has weights of its own."""
    return _compiled(keras.models.model_from_json(json.dumps(json.loads(model.to_json()))), RIGHT, WEIGHTS)


def a_model_around_the_same_layers(model):
    """The weights are the same, the model is another one, and the given one stays as it was: not compiled."""
    return _compiled(keras.Model(model.inputs, model.outputs), RIGHT, WEIGHTS)


def with_income_and_gender_swapped(model):
    """The outputs of a new model are the right ones in another order."""
    age, income, gender = model.outputs
    return _compiled(keras.Model(model.inputs, [age, gender, income]), RIGHT, WEIGHTS)


def with_dropout_before_the_outputs(model):
    """Dropout that nobody asked for stands before each output of a new model."""
    heads = [model.get_layer(name) for name in model.output_names]
    return _compiled(keras.Model(model.inputs, [head(layers.Dropout(0.5)(head.input)) for head in heads]),
                     RIGHT, WEIGHTS)


def with_the_first_layer_frozen(model):
    """The first layer with weights does not learn any more."""
    next(layer for layer in model.layers if layer.weights).trainable = False
    return _compiled(model, RIGHT, WEIGHTS)


def with_all_layers_frozen(model):
    """Nothing learns any more."""
    model.trainable = False
    return _compiled(model, RIGHT, WEIGHTS)


def with_the_softmax_taken_away(model):
    """The given model gives probabilities; this one gives logits."""
    model.get_layer("income").activation = keras.activations.linear
    return _compiled(model, RIGHT | {"income": losses.CategoricalCrossentropy(from_logits=True)}, WEIGHTS)


LOSS, WEIGHT = {"loss"}, {"loss_weight"}

MISTAKES = {
    "multi_output/losses": [
        ("loss of another output", age_and_income_swapped, LOSS),
        ("loss of another output", income_and_gender_swapped, LOSS),
        ("loss of another kind", categorical_for_one_unit, LOSS),
        ("loss of another kind", binary_for_many_classes, LOSS),
        ("loss of another kind", sparse_for_one_hot, LOSS),
        ("loss of another kind", squared_error_for_classes, LOSS),
        ("loss of another kind", absolute_error, LOSS),
        ("loss of another kind", huber, LOSS),
        ("loss of another kind", logarithmic_error, LOSS),
        ("loss of another kind", focal, LOSS),
        ("loss of another kind", hinge, LOSS),
        ("one loss for all outputs", one_loss_for_all, LOSS),
        ("one loss for all outputs", one_loss_with_three_weights, LOSS),
        ("losses in another order", listed_by_the_alphabet, LOSS),
        ("several losses for one output", several_losses_for_one_output, LOSS),
        ("probabilities taken for logits", logits_said_of_a_sigmoid, LOSS),
        ("probabilities taken for logits", logits_said_of_a_softmax, LOSS),
        ("loss with other options", summed_over_the_batch, LOSS),
        ("loss with other options", not_reduced, LOSS),
        ("loss with other options", labels_smoothed, LOSS),
        ("loss of one's own", a_function_of_the_same_name, LOSS),
        ("loss of one's own", a_class_of_the_same_name, LOSS),
        ("loss of one's own", a_lambda, LOSS),
        ("loss missing", one_loss_left_out, LOSS),
        ("loss missing", none_for_one_output, LOSS),
        ("loss missing", losses_as_metrics, LOSS),
        ("loss for no output", another_name_of_an_output, LOSS),
        ("loss for no output", a_loss_for_the_input, LOSS),
        ("loss for no output", a_loss_too_many, LOSS),
        ("misspelt loss", a_misspelt_loss, LOSS),
        ("weights missing", without_weights, WEIGHT),
        ("weights missing", a_weight_left_out, WEIGHT),
        ("weights swapped", age_and_gender_weighed_the_other_way, WEIGHT),
        ("weights swapped", income_and_gender_weighed_the_other_way, WEIGHT),
        ("weights in another order", weights_listed_by_the_alphabet, WEIGHT),
        ("weights in another order", named_weights_beside_listed_losses, WEIGHT),
        ("weights scaled", weights_times_four, WEIGHT),
        ("weights scaled", weights_that_sum_to_one, WEIGHT),
        ("weights that are no such numbers", weights_rounded_down, WEIGHT),
        ("weights that are no such numbers", weights_as_text, WEIGHT),
        ("weights that are no such numbers", a_weight_too_many, WEIGHT),
        ("not compiled", not_compiled, {"not_compiled"}),
        ("no model returned", nothing_returned, {"no_model"}),
        ("no model returned", a_pair_returned, {"no_model"}),
        ("no model returned", an_argument_that_does_not_exist, {"no_model"}),
        ("outputs swapped", with_income_and_gender_swapped, {"another_model"}),
        ("clone in place of the given model", a_clone, {"another_model"}),
        ("clone in place of the given model", a_copy_through_json, {"another_model"}),
        ("another model", a_model_around_the_same_layers, {"another_model"}),
        ("another model", with_dropout_before_the_outputs, {"another_model"}),
        ("frozen layer", with_the_first_layer_frozen, {"frozen"}),
        ("frozen layer", with_all_layers_frozen, {"frozen"}),
        ("activation missing", with_the_softmax_taken_away, {"missing_activation"}),
    ],
}
