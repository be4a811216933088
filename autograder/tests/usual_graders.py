"""Two graders as courses usually have them, written for comparison: they sit the same exam as ours.

Both look at a built model and compare what they see with the same of the solution's model. Neither runs anything.
"""

import math
from dataclasses import dataclass

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Seen:
    """What a usual grader looks at."""

    outputs: list[Shape]
    parameters: int
    layers: list[tuple[str, Shape | None, int]]  # class, output shape, parameters; in the model's own order


def seen(model) -> Seen:
    """Look at a built Keras model."""
    return Seen([tuple(output.shape) for output in model.outputs], model.count_params(),
                [(type(layer).__name__, _shape(layer), layer.count_params()) for layer in model.layers])


def seen_of_a_layer(name: str, output: Shape, weights: list[Shape]) -> Seen:
    """Look at one layer by the shape of its output and of its weights."""
    parameters = sum(math.prod(shape) for shape in weights)
    return Seen([output], parameters, [(name, output, parameters)])


def shapes_and_counts(student: Seen, solution: Seen) -> bool:
    """Plain asserts: the output shapes and the number of parameters are those of the solution."""
    return student.outputs == solution.outputs and student.parameters == solution.parameters


def shapes_and_budget(student: Seen, output: Shape, budget: int) -> bool:
    """The same asserts for a free design, of which there is no one solution."""
    return student.outputs == [output] and student.parameters <= budget


def list_of_layers(student: Seen, solution: Seen) -> bool:
    """The summary, compared: the same classes with the same output shapes and parameters, in the same order."""
    return student.layers == solution.layers


def _shape(layer) -> Shape | None:
    """Return the shape of a layer's first output; of several calls Keras tells the first."""
    output = layer.output
    if isinstance(output, dict):
        output = list(output.values())
    return tuple((output[0] if isinstance(output, (list, tuple)) else output).shape)
