"""Right answers to the custom_layers task in other styles: the grader's own exam, which must accept every one."""

import keras
from keras import initializers, layers, ops


@keras.saving.register_keras_serializable()
class WithOperator(layers.Layer):
    """`@` multiplies; the class is registered without a package; weights are said without keywords."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        """Make kernel and bias."""
        self.w = self.add_weight((input_shape[-1], self.units), "random_normal")
        self.b = self.add_weight((self.units,), "zeros")

    def call(self, inputs):
        """Return the affine image of the inputs."""
        return inputs @ self.w + self.b

    def get_config(self):
        """Return the base config and the units."""
        config = super().get_config()
        config["units"] = self.units
        return config


class WithOps(keras.Layer):
    """`keras.ops.add` and `matmul`; not registered; a default for the units; `build` calls the base class."""

    def __init__(self, units=32, **options):
        super().__init__(**options)
        self.units = int(units)

    def build(self, input_shape):
        """Make bias and kernel, in this order."""
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer=initializers.Zeros())
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units),
                                      initializer=initializers.HeNormal(), trainable=True)
        super().build(input_shape)

    def call(self, inputs):
        """Return the affine image of the inputs."""
        return ops.add(ops.matmul(inputs, self.kernel), self.bias)

    def get_config(self):
        """Return the base config and the units."""
        config = super().get_config()
        config.update({"units": self.units})
        return config


@keras.saving.register_keras_serializable(package="Own", name="Affine")
class WithDot(keras.layers.Layer):
    """`keras.ops.dot` multiplies; the class is registered under another name; `built` is set by hand."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        """Make kernel and bias."""
        features = input_shape[-1]
        self.kernel = self.add_weight(shape=(features, self.units), initializer="glorot_uniform")
        self.bias = self.add_weight(shape=[self.units], initializer="ones")
        self.built = True

    def call(self, x):
        """Return the affine image of x."""
        return ops.dot(x, self.kernel) + self.bias

    def get_config(self):
        """Return the units and the base config."""
        return dict(units=self.units, **super().get_config())


class WithEinsum(layers.Layer):
    """`keras.ops.einsum` multiplies, for inputs of any rank; `|` joins the configs."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="lecun_normal", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs):
        """Return the affine image of the inputs."""
        return self.bias + ops.einsum("...f,fu->...u", inputs, self.kernel)

    def get_config(self):
        """Return the base config and the units."""
        return super().get_config() | {"units": self.units}


class WithTensordot(layers.Layer):
    """`keras.ops.tensordot` multiplies; the output shape is declared; `call` takes `training`, too."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.kernel = self.bias = None

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="orthogonal")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs, training=None):
        """Return the affine image of the inputs."""
        return ops.tensordot(inputs, self.kernel, axes=1) + self.bias

    def compute_output_shape(self, input_shape):
        """Return the input shape with its last axis replaced."""
        return (*input_shape[:-1], self.units)

    def get_config(self):
        """Return the base config and the units."""
        return {"units": self.units, **super().get_config()}


class WithOwnFromConfig(layers.Layer):
    """`from_config` is written out, and leaves the config as it was."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_normal")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        """Return the affine image of the inputs."""
        return ops.matmul(inputs, self.kernel) + self.bias

    def get_config(self):
        """Return the base config and the units."""
        return {**super().get_config(), "units": self.units}

    @classmethod
    def from_config(cls, config):
        """Return a layer made from a copy of the config."""
        config = dict(config)
        return cls(config.pop("units"), **config)


class WithNamedOptions(layers.Layer):
    """The options of every layer are written out instead of `**kwargs`."""

    def __init__(self, units, name=None, trainable=True, dtype=None):
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self.units = units

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="he_uniform")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        """Return the affine image of the inputs."""
        return ops.matmul(inputs, self.kernel) + self.bias

    def get_config(self):
        """Return the base config and the units."""
        return {**super().get_config(), "units": self.units}


class WithConfigByHand(layers.Layer):
    """The config is written out by hand, with name and trainable in it."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_uniform")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        """Return the affine image of the inputs."""
        return ops.matmul(inputs, self.kernel) + self.bias

    def get_config(self):
        """Return all that `__init__` takes."""
        return {"units": self.units, "name": self.name, "trainable": self.trainable}


class _Affine(layers.Layer):
    """What the class below inherits: everything but the product."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.parameters = [self.add_weight(shape=shape, initializer="random_normal")
                           for shape in ((input_shape[-1], self.units), (self.units,))]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class ByInheritance(_Affine):
    """A base class makes the weights, in a list, and the config."""

    def call(self, inputs):
        """Return the affine image of the inputs."""
        kernel, bias = self.parameters
        return ops.matmul(inputs, kernel) + bias


class WithSumOfProducts(layers.Layer):
    """The product is written out: inputs times rows of the kernel, summed over the features."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        """Make kernel and bias."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        """Return the affine image of the inputs."""
        return ops.sum(ops.expand_dims(inputs, -1) * self.kernel, axis=-2) + self.bias

    def get_config(self):
        """Return the base config and the units."""
        return {**super().get_config(), "units": self.units}


VARIANTS = {
    "custom_layers/custom_dense": [
        WithOperator, WithOps, WithDot, WithEinsum, WithTensordot, WithOwnFromConfig, WithNamedOptions,
        WithConfigByHand, ByInheritance, WithSumOfProducts,
    ],
}

# A layer of one's own has no graph to rewrite: all of them are judged by what they do.
FINGERPRINT = {variant.__name__ for variant in VARIANTS["custom_layers/custom_dense"]}
