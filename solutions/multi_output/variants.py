"""Right answers to the multi_output task in other styles: the grader's own exam, which must accept every one."""

import keras
from keras import losses


def with_short_names(model):
    """Losses by their short names."""
    model.compile(optimizer="rmsprop",
                  loss={"age": "mse", "income": "categorical_crossentropy", "gender": "binary_crossentropy"},
                  loss_weights={"age": 0.25, "income": 1, "gender": 10})
    return model


def with_loss_objects(model):
    """Losses and optimizer are objects."""
    model.compile(
        keras.optimizers.Adam(learning_rate=1e-4),
        loss={"age": losses.MeanSquaredError(), "income": losses.CategoricalCrossentropy(),
              "gender": losses.BinaryCrossentropy()},
        loss_weights={"age": 0.25, "income": 1.0, "gender": 10.0})
    return model


def with_loss_functions(model):
    """Losses are functions."""
    model.compile(
        optimizer=keras.optimizers.SGD(momentum=0.9, nesterov=True),
        loss={"age": losses.mean_squared_error, "income": losses.categorical_crossentropy,
              "gender": losses.binary_crossentropy},
        loss_weights={"age": 0.25, "income": 1.0, "gender": 10.0})
    return model


def in_another_order(model):
    """The dicts name the outputs in another order; weights are fractions and whole numbers."""
    model.compile(loss_weights={"gender": 10, "income": 1, "age": 1 / 4},
                  loss={"gender": "binary_crossentropy", "age": "mean_squared_error",
                        "income": "categorical_crossentropy"},
                  optimizer="nadam")
    return model


def in_lists(model):
    """Losses and weights are lists in the order of the model's outputs."""
    model.compile(optimizer="adam", loss=["mse", "categorical_crossentropy", "binary_crossentropy"],
                  loss_weights=[0.25, 1.0, 10.0])
    return model


def in_lists_of_many_kinds(model):
    """A list mixes an object, a function and a name; the weights are a tuple."""
    model.compile("adagrad",
                  loss=[losses.MeanSquaredError(), losses.categorical_crossentropy, "binary_crossentropy"],
                  loss_weights=(1 / 4, 1, 10))
    return model


def by_name_with_listed_weights(model):
    """Losses are by name, the weights a list in the order of the model's outputs."""
    model.compile("adam",
                  loss={"age": "mse", "gender": "binary_crossentropy", "income": "categorical_crossentropy"},
                  loss_weights=[0.25, 1.0, 10.0])
    return model


def with_defaults_said(model):
    """Loss objects say what is the default anyway, and have names."""
    model.compile(
        optimizer="adamw",
        loss={
            "age": losses.MeanSquaredError(reduction="sum_over_batch_size", name="squared_error"),
            "income": losses.CategoricalCrossentropy(from_logits=False, label_smoothing=0.0, axis=-1),
            "gender": losses.BinaryCrossentropy(from_logits=False, label_smoothing=0, name="gender_loss"),
        },
        loss_weights={"age": 0.25, "income": 1.0, "gender": 10.0})
    return model


def with_metrics(model):
    """Metrics and the way of running are said, too."""
    model.compile(
        optimizer="adam",
        loss={"age": "MSE", "income": "categorical_crossentropy", "gender": "binary_crossentropy"},
        loss_weights={"age": 0.25, "income": 1.0, "gender": 10.0},
        metrics={"age": ["mae"], "income": [keras.metrics.CategoricalAccuracy()], "gender": ["accuracy"]},
        run_eagerly=False, steps_per_execution=1, jit_compile=False)
    return model


def from_a_table(model):
    """One table says loss and weight of each output; comprehensions take it apart."""
    table = {"age": (losses.MeanSquaredError, 0.25), "income": (losses.CategoricalCrossentropy, 1.0),
             "gender": (losses.BinaryCrossentropy, 10.0)}
    model.compile(optimizer=keras.optimizers.Adam(), loss={name: loss() for name, (loss, _) in table.items()},
                  loss_weights={name: weight for name, (_, weight) in table.items()})
    return model


def by_the_names_of_the_model(model):
    """The model's own output names are zipped with losses and weights."""
    kinds = ["mean_squared_error", "categorical_crossentropy", "binary_crossentropy"]
    names = model.output_names
    model.compile("adam", dict(zip(names, kinds, strict=True)), dict(zip(names, [0.25, 1.0, 10.0], strict=True)))
    return model


def by_get(model):
    """`keras.losses.get` and `keras.optimizers.get` make the objects."""
    model.compile(keras.optimizers.get("adam"),
                  loss={"age": losses.get("mean_squared_error"), "income": losses.get("CategoricalCrossentropy"),
                        "gender": losses.get("BinaryCrossentropy")},
                  loss_weights={"age": 0.25, "income": 1.0, "gender": 10.0})
    return model


def compiled_twice(model):
    """A first compilation is replaced by the right one."""
    model.compile("sgd", loss={"age": "mae", "income": "categorical_crossentropy", "gender": "mse"})
    model.compile("adam", loss={"age": "mse", "income": "categorical_crossentropy", "gender": "binary_crossentropy"},
                  loss_weights={"age": 0.25, "income": 1.0, "gender": 10.0})
    return model


VARIANTS = {
    "multi_output/losses": [
        with_short_names, with_loss_objects, with_loss_functions, in_another_order, in_lists, in_lists_of_many_kinds,
        by_name_with_listed_weights, with_defaults_said, with_metrics, from_a_table, by_the_names_of_the_model, by_get,
        compiled_twice,
    ],
}

# Nothing here needs running: how a model was compiled is data.
FINGERPRINT: set[str] = set()
