"""Wrong answers to the custom_layers task: the grader's own exam, which must reject every one and name the mistake.

Each docstring says why the answer is wrong. All but what a docstring names is right: most classes inherit it.
"""

import keras
import numpy as np
from keras import layers, ops


class _Affine(layers.Layer):
    """A right answer, of which each class below changes one thing."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias

    def get_config(self):
        return {**super().get_config(), "units": self.units}


# --- __init__ ---------------------------------------------------------------------------------------------------------


class WithoutKwargs(_Affine):
    """`__init__` takes the units only: `name=` and what the base config holds are refused."""

    def __init__(self, units):
        super().__init__(units)


class WithNameOnly(_Affine):
    """`__init__` takes `name`, but not `trainable` and `dtype`, which the base config holds."""

    def __init__(self, units, name=None):
        super().__init__(units, name=name)


class KwargsNotPassedOn(_Affine):
    """`__init__` takes `**kwargs` and forgets them: the layer has another name than it was given."""

    def __init__(self, units, **kwargs):
        super().__init__(units)


class NameOnlyPassedOn(_Affine):
    """Of all keywords only the name is passed on: a frozen layer is trainable again."""

    def __init__(self, units, **kwargs):
        super().__init__(units, name=kwargs.get("name"))


class WithoutSuperInit(layers.Layer):
    """The base class is never initialised, so that it can hold no weights."""

    def __init__(self, units, **kwargs):
        self.units = units

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(shape=(self.units,))

    def call(self, inputs):
        """Return the affine image of the inputs."""
        return ops.matmul(inputs, self.kernel) + self.bias


# --- weights ----------------------------------------------------------------------------------------------------------


class WithoutBias(_Affine):
    """There is a kernel and no bias."""

    def build(self, input_shape):
        """Make the kernel."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))

    def call(self, inputs):
        """Return the linear image of the inputs."""
        return ops.matmul(inputs, self.kernel)


class WithOneBiasForAll(_Affine):
    """The bias is one number for all units."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(shape=(1,))


class WithBiasOfInputs(_Affine):
    """The bias has a number for each feature and is added to the inputs."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(shape=(input_shape[-1],))

    def call(self, inputs):
        """Return the linear image of what the bias moved."""
        return ops.matmul(inputs + self.bias, self.kernel)


class WithBiasTooShort(_Affine):
    """The bias has a number for each feature and is added to the outputs, where it does not fit."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(shape=(input_shape[-1],))


class WithBiasForEachExample(_Affine):
    """The shape of the inputs counts the batch, too: the bias has numbers for each example of it."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(shape=(input_shape[0], self.units))


class WithTransposedKernel(_Affine):
    """The kernel has a row for each unit, as in PyTorch."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(self.units, input_shape[-1]))
        self.bias = self.add_weight(shape=(self.units,))

    def call(self, inputs):
        """Return the affine image of the inputs."""
        return ops.matmul(inputs, ops.transpose(self.kernel)) + self.bias


class WithSquareKernel(_Affine):
    """The kernel maps features to features; the units are only in the bias."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], input_shape[-1]))
        self.bias = self.add_weight(shape=(self.units,))


class OfTheFirstAxis(_Affine):
    """The kernel has a row for each example of the batch instead of each feature."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[0], self.units))
        self.bias = self.add_weight(shape=(self.units,))


class OfTheSecondAxis(_Affine):
    """`input_shape[1]` is the last axis of a matrix; of a sequence it is the steps."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[1], self.units))
        self.bias = self.add_weight(shape=(self.units,))


class OfTenUnits(_Affine):
    """The layer has ten units whatever it is asked for."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], 10))
        self.bias = self.add_weight(shape=(10,))


class MadeInInit(_Affine):
    """The kernel is made before the inputs are known, for four features."""

    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        self.kernel = self.add_weight(shape=(4, units))
        self.bias = self.add_weight(shape=(units,))

    def build(self, input_shape):
        """Make nothing: the weights are there."""


class MadeInCall(layers.Layer):
    """The weights are made at the first call, when Keras allows no new ones."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.kernel, self.bias = units, None, None

    def call(self, inputs):
        """Return the affine image of the inputs."""
        if self.kernel is None:
            self.kernel = self.add_weight(shape=(inputs.shape[-1], self.units))
            self.bias = self.add_weight(shape=(self.units,))
        return ops.matmul(inputs, self.kernel) + self.bias


class WithTensorsForWeights(_Affine):
    """Kernel and bias are tensors, not weights: Keras neither trains nor saves them."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = keras.random.normal((input_shape[-1], self.units))
        self.bias = ops.zeros((self.units,))


class WithArraysForWeights(_Affine):
    """Kernel and bias are NumPy arrays, not weights: Keras neither trains nor saves them."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = np.random.default_rng(1).standard_normal((input_shape[-1], self.units)).astype("float32")
        self.bias = np.zeros(self.units, dtype="float32")


class AnewAtEachCall(_Affine):
    """A new random kernel at each call, so that nothing can be learned."""

    def build(self, input_shape):
        """Make the bias."""
        self.bias = self.add_weight(shape=(self.units,))

    def call(self, inputs):
        """Return the affine image of the inputs under a random kernel."""
        return ops.matmul(inputs, keras.random.normal((inputs.shape[-1], self.units))) + self.bias


class WithFrozenKernel(_Affine):
    """The kernel is not trained."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), trainable=False)
        self.bias = self.add_weight(shape=(self.units,))


class WithFrozenBias(_Affine):
    """The bias is not trained."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", trainable=False)


class WithScaleWeights(_Affine):
    """A third weight scales the outputs."""

    def build(self, input_shape):
        """Make kernel, bias and scale."""
        super().build(input_shape)
        self.scale = self.add_weight(shape=(self.units,), initializer="ones")

    def call(self, inputs):
        """Return the scaled affine image of the inputs."""
        return self.scale * (ops.matmul(inputs, self.kernel) + self.bias)


class WithRegularizer(_Affine):
    """The squared kernel is added to the loss."""

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), regularizer="l2")
        self.bias = self.add_weight(shape=(self.units,))


# --- call -------------------------------------------------------------------------------------------------------------


class WithRelu(_Affine):
    """An activation acts on the outputs."""

    def call(self, inputs):
        """Return the positive part of the affine image."""
        return ops.relu(super().call(inputs))


class WithSoftmax(_Affine):
    """A softmax acts on the outputs, as in a classifier's last layer."""

    def call(self, inputs):
        """Return a distribution over the units."""
        return ops.softmax(super().call(inputs))


class BiasNotAdded(_Affine):
    """The bias is made and never used."""

    def call(self, inputs):
        """Return the linear image of the inputs."""
        return ops.matmul(inputs, self.kernel)


class BiasSubtracted(_Affine):
    """The bias is taken away instead of added."""

    def call(self, inputs):
        """Return the linear image less the bias."""
        return ops.matmul(inputs, self.kernel) - self.bias


class WithMean(_Affine):
    """The products are averaged over the features instead of summed."""

    def call(self, inputs):
        """Return the averaged products and the bias."""
        return ops.mean(ops.expand_dims(inputs, -1) * self.kernel, axis=-2) + self.bias


class WithScaling(_Affine):
    """The product is divided by the root of the number of features, as in attention."""

    def call(self, inputs):
        """Return the scaled product and the bias."""
        return ops.matmul(inputs, self.kernel) / inputs.shape[-1] ** 0.5 + self.bias


class ElementByElement(_Affine):
    """`*` multiplies number by number, not row by column."""

    def call(self, inputs):
        """Return what is no matrix product."""
        return inputs * self.kernel + self.bias


class KernelFirst(_Affine):
    """Kernel times inputs: the shapes do not fit."""

    def call(self, inputs):
        """Return the product in the wrong order."""
        return ops.matmul(self.kernel, inputs) + self.bias


class ForMatricesOnly(_Affine):
    """The product is turned around by transposing, which reverses all axes of a sequence."""

    def call(self, inputs):
        """Return the affine image of a matrix."""
        return ops.transpose(ops.matmul(ops.transpose(self.kernel), ops.transpose(inputs))) + self.bias


class Flattening(_Affine):
    """All axes but the last are made one: a sequence comes out as a matrix."""

    def call(self, inputs):
        """Return the affine image of the flattened inputs."""
        return ops.matmul(ops.reshape(inputs, (-1, inputs.shape[-1])), self.kernel) + self.bias


class ReturningTuple(_Affine):
    """`call` returns outputs and kernel together."""

    def call(self, inputs):
        """Return a pair."""
        return super().call(inputs), self.kernel


class ReturningNothing(_Affine):
    """`call` computes and returns nothing."""

    def call(self, inputs):
        """Forget the outputs."""
        self.outputs = ops.matmul(inputs, self.kernel) + self.bias


class OnNumpy(_Affine):
    """NumPy computes on numbers; while a model is built there are none."""

    def call(self, inputs):
        """Return the affine image as an array."""
        return np.matmul(inputs, self.kernel) + self.bias


class WithDropout(_Affine):
    """A dropout that nobody asked for acts in training."""

    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        self.dropout = layers.Dropout(0.5, seed=1)

    def call(self, inputs, training=None):
        """Return the affine image of what dropout leaves."""
        return super().call(self.dropout(inputs, training=training))


class WithTheShapeOfTheInputs(_Affine):
    """The declared output shape is that of the inputs."""

    def compute_output_shape(self, input_shape):
        """Return the wrong shape."""
        return input_shape


# --- config -----------------------------------------------------------------------------------------------------------


class ConfigWithoutUnits(_Affine):
    """The config does not say the units, without which `__init__` fails."""

    def get_config(self):
        """Return the base config alone."""
        return layers.Layer.get_config(self)


class ConfigWithoutSuper(_Affine):
    """The config holds the units only: name and trainable are lost."""

    def get_config(self):
        """Return the units alone."""
        return {"units": self.units}


class ConfigWithoutName(_Affine):
    """The config forgets the name."""

    def get_config(self):
        """Return units and trainable."""
        return {"units": self.units, "trainable": self.trainable}


class ConfigWithoutTrainable(_Affine):
    """The config forgets that the layer is frozen."""

    def get_config(self):
        """Return units and name."""
        return {"units": self.units, "name": self.name}


class ConfigUnderAnotherKey(_Affine):
    """The config calls the units `output_dim`; `__init__` does not."""

    def get_config(self):
        """Return the units under a name that nobody takes."""
        return {**layers.Layer.get_config(self), "output_dim": self.units}


class ConfigOfTenUnits(_Affine):
    """The config says ten units whatever the layer has."""

    def get_config(self):
        """Return a config of ten units."""
        return {**super().get_config(), "units": 10}


class ConfigNotReturned(_Affine):
    """`get_config` makes a config and returns nothing."""

    def get_config(self):
        """Forget the config."""
        super().get_config().update(units=self.units)


class UnitsNotKept(_Affine):
    """The units are forgotten after the weights are made: the config fails."""

    def build(self, input_shape):
        """Make kernel and bias, and forget the units."""
        super().build(input_shape)
        del self.units


class ConfigUsedUp(_Affine):
    """`from_config` takes the units out of the config that it is given: a second call fails."""

    @classmethod
    def from_config(cls, config):
        """Return a layer and leave half a config."""
        units = config.pop("units")
        return cls(units, **config)


class FromConfigWithoutUnits(_Affine):
    """`from_config` makes a layer of 32 units, whatever the config says."""

    def __init__(self, units=32, **kwargs):
        super().__init__(units, **kwargs)

    @classmethod
    def from_config(cls, config):
        """Return a layer of the default units."""
        return cls(**{key: value for key, value in config.items() if key != "units"})


class FromConfigOfTheInstance(_Affine):
    """`from_config` is no class method: Keras cannot call it without a layer."""

    def from_config(self, config):
        """Return a layer, if there is one already."""
        return type(self)(**config)


class FromConfigReturningNothing(_Affine):
    """`from_config` makes a layer and returns nothing."""

    @classmethod
    def from_config(cls, config):
        """Forget the layer."""
        cls(**config)


# --- another layer's work ---------------------------------------------------------------------------------------------


class DenseWithRelu(layers.Dense):
    """The built-in layer with an activation."""

    def __init__(self, units, **kwargs):
        super().__init__(units, **{"activation": "relu"} | kwargs)


class DenseByInheritance(layers.Dense):
    """The built-in layer under another name: no weight is made here."""


class DenseInside(layers.Layer):
    """A built-in layer makes the weights and the product."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense = layers.Dense(units)

    def build(self, input_shape):
        """Let the inner layer make its weights."""
        self.dense.build(input_shape)

    def call(self, inputs):
        """Return what the inner layer gives."""
        return self.dense(inputs)

    def get_config(self):
        """Return the base config and the units."""
        return {**super().get_config(), "units": self.units}


class NotALayer:
    """A class that is called like a layer and is none: Keras knows nothing of its weights."""

    def __init__(self, units, **kwargs):
        self.units, self.kernel = units, None

    def __call__(self, inputs):
        """Return the affine image of the inputs."""
        if self.kernel is None:
            self.kernel, self.bias = keras.random.normal((inputs.shape[-1], self.units)), ops.zeros(self.units)
        return ops.matmul(inputs, self.kernel) + self.bias


def function_that_makes_dense(units, **kwargs):
    """A function that returns the built-in layer: a class was asked for."""
    return layers.Dense(units, **kwargs)


CALL, WEIGHTS, CONFIG = {"layer_call"}, {"layer_weights"}, {"layer_config"}

MISTAKES = {
    "custom_layers/custom_dense": [
        ("keywords refused", WithoutKwargs, {"layer_name"}),
        ("keywords refused", WithNameOnly, {"layer_frozen"}),
        ("keywords forgotten", KwargsNotPassedOn, {"layer_name"}),
        ("keywords forgotten", NameOnlyPassedOn, {"layer_frozen"}),
        ("base class not initialised", WithoutSuperInit, CALL),
        ("bias missing", WithoutBias, WEIGHTS),
        ("bias of another shape", WithOneBiasForAll, WEIGHTS),
        ("bias of another shape", WithBiasOfInputs, WEIGHTS),
        ("bias of another shape", WithBiasTooShort, CALL),
        ("bias of another shape", WithBiasForEachExample, WEIGHTS),
        ("kernel of another shape", WithTransposedKernel, WEIGHTS),
        ("kernel of another shape", WithSquareKernel, CALL),
        ("kernel of another shape", OfTheFirstAxis, CALL),
        ("kernel of another shape", OfTheSecondAxis, {"layer_sequence"}),
        ("fixed size", OfTenUnits, WEIGHTS),
        ("fixed size", MadeInInit, CALL),
        ("weights made too late", MadeInCall, CALL),
        ("weights not tracked", WithTensorsForWeights, WEIGHTS),
        ("weights not tracked", WithArraysForWeights, WEIGHTS),
        ("weights not tracked", AnewAtEachCall, WEIGHTS),
        ("weights not trained", WithFrozenKernel, WEIGHTS),
        ("weights not trained", WithFrozenBias, WEIGHTS),
        ("extra weight", WithScaleWeights, WEIGHTS),
        ("extra loss", WithRegularizer, CALL),
        ("activation inside", WithRelu, CALL),
        ("activation inside", WithSoftmax, CALL),
        ("bias not added", BiasNotAdded, CALL),
        ("bias not added", BiasSubtracted, CALL),
        ("another product", WithMean, CALL),
        ("another product", WithScaling, CALL),
        ("another product", ElementByElement, CALL),
        ("another product", KernelFirst, CALL),
        ("matrices only", ForMatricesOnly, {"layer_sequence"}),
        ("matrices only", Flattening, {"layer_sequence"}),
        ("no tensor returned", ReturningTuple, CALL),
        ("no tensor returned", ReturningNothing, CALL),
        ("no model can be built", OnNumpy, {"layer_symbolic"}),
        ("no model can be built", WithTheShapeOfTheInputs, {"layer_symbolic"}),
        ("another layer in training", WithDropout, {"layer_training"}),
        ("units missing in the config", ConfigWithoutUnits, CONFIG),
        ("units missing in the config", ConfigUnderAnotherKey, CONFIG),
        ("units missing in the config", ConfigOfTenUnits, CONFIG),
        ("base config missing", ConfigWithoutSuper, {"layer_renamed", "layer_frozen"}),
        ("base config missing", ConfigWithoutName, {"layer_renamed"}),
        ("base config missing", ConfigWithoutTrainable, {"layer_frozen"}),
        ("no config", ConfigNotReturned, CONFIG),
        ("no config", UnitsNotKept, {"layer_file", "layer_clone"}),
        ("from_config broken", ConfigUsedUp, CONFIG),
        ("from_config broken", FromConfigWithoutUnits, CONFIG),
        ("from_config broken", FromConfigOfTheInstance, CONFIG),
        ("from_config broken", FromConfigReturningNothing, CONFIG),
        ("built-in layer", DenseWithRelu, CALL),
        ("built-in layer", DenseByInheritance, {"layer_borrowed"}),
        ("built-in layer", DenseInside, {"layer_borrowed"}),
        ("built-in layer", function_that_makes_dense, {"layer_borrowed"}),
        ("no layer", NotALayer, CALL),
    ],
}
