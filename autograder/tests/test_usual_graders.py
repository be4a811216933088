"""What usual graders see and do not see: the reasons for a grader that reads the graph."""

import keras
from keras import layers

from autograder.tests.usual_graders import list_of_layers, seen, shapes_and_budget, shapes_and_counts


def block(activation="relu", shortcut_from_input=True, separate_activation=False):
    inputs = keras.Input((8, 8, 4))
    first = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    if separate_activation:
        main_path = layers.ReLU()(layers.Conv2D(4, 3, padding="same")(first))
    else:
        main_path = layers.Conv2D(4, 3, padding="same", activation=activation)(first)
    return seen(keras.Model(inputs, layers.Add()([main_path, inputs if shortcut_from_input else first])))


def test_both_accept_the_solution_itself():
    assert shapes_and_counts(block(), block()) and list_of_layers(block(), block())


def test_both_accept_a_shortcut_from_the_wrong_tensor_and_another_activation():
    for wrong in (block(shortcut_from_input=False), block(activation="tanh")):
        assert shapes_and_counts(wrong, block()) and list_of_layers(wrong, block())


def test_the_list_rejects_a_right_answer_in_another_style():
    assert shapes_and_counts(block(separate_activation=True), block())
    assert not list_of_layers(block(separate_activation=True), block())


def test_both_reject_another_shape_and_another_count():
    inputs = keras.Input((8, 8, 4))
    for filters, kernel in ((5, 3), (4, 5)):
        wrong = seen(keras.Model(inputs, layers.Conv2D(filters, kernel, padding="same")(inputs)))
        assert not shapes_and_counts(wrong, block()) and not list_of_layers(wrong, block())


def test_a_free_design_is_asked_for_its_output_and_its_size():
    found = block()
    assert shapes_and_budget(found, (None, 8, 8, 4), found.parameters)
    assert not shapes_and_budget(found, (None, 8, 8, 4), found.parameters - 1)
    assert not shapes_and_budget(found, (None, 10), found.parameters)
