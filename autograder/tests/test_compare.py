"""Each usual mistake gets its own finding, at its place; a right model gets none."""

import pytest
from keras import layers

from autograder.graph import drawing
from autograder.graph.compare import BRANCH_ORDER, compare
from autograder.tests.models import conv, graph_of, two_branches


def pool(**options):
    return layers.AveragePooling2D(3, **({"strides": 1, "padding": "same"} | options))


def variant(x, *, first=None, second=None, pooling=None, last=None, source=None, join=layers.concatenate, extra=None):
    """two_branches with one thing changed."""
    reduced = (first or conv(4, 1))(x)
    left = (second or conv(8, 3))(reduced)
    if extra:
        left = extra(left)
    right = (last or conv(8, 1))((pooling or pool())(reduced if source else x))
    return join([left, right])


MISTAKES = {
    "no activation": ({"second": lambda y: conv(8, 3, activation=None)(y)}, "missing_activation", "conv2d_2"),
    "other activation": ({"second": lambda y: conv(8, 3, activation="tanh")(y)}, "activation", "conv2d_2"),
    "kernel": ({"second": lambda y: conv(8, 5)(y)}, "kernel", "conv2d_2"),
    "filters": ({"first": lambda y: conv(5, 1)(y)}, "units", "conv2d_1"),
    "dilation": ({"second": lambda y: conv(8, 3, dilation_rate=2)(y)}, "dilation", "conv2d_2"),
    "groups": ({"second": lambda y: conv(8, 3, groups=2)(y)}, "groups", "conv2d_2"),
    "no bias": ({"second": lambda y: conv(8, 3, use_bias=False)(y)}, "bias", "conv2d_2"),
    "frozen": ({"second": lambda y: conv(8, 3, trainable=False)(y)}, "frozen", "conv2d_2"),
    "pooling": ({"pooling": lambda y: layers.MaxPooling2D(3, strides=1, padding="same")(y)}, "other_operation",
                "max_pooling2d_1"),
    "add for concatenate": ({"join": layers.add}, "other_operation", "add_1"),
    "axis": ({"join": lambda ys: layers.concatenate(ys, axis=1)}, "axis", "concatenate_1"),
    "extra layer": ({"extra": lambda y: layers.BatchNormalization()(y)}, "extra_layer", "batch_normalization_1"),
    "extra dropout": ({"extra": lambda y: layers.Dropout(0.2)(y)}, "extra_layer", "dropout_1"),
    "wrong tensor": ({"source": "reduced"}, "wiring", "average_pooling2d_1"),
    "missing layer": ({"second": lambda y: y, "first": lambda y: conv(8, 3)(y)}, "missing_layer", "the input `x`"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_at_its_place(mistake):
    changes, code, place = MISTAKES[mistake]
    found = compare(graph_of(lambda x: variant(x, **changes)), graph_of(two_branches), [BRANCH_ORDER])
    named = [finding for finding in found if finding.code == code]
    assert named, [finding.code for finding in found]
    assert place in named[0].place
    assert named[0].expected and named[0].found and named[0].hint


def test_a_stride_on_the_wrong_layer_is_named_at_both():
    def right(x):
        return conv(8, 3, strides=2)(conv(4, 1)(x))

    def wrong(x):
        return conv(8, 3)(conv(4, 1, strides=2)(x))

    found = compare(graph_of(wrong), graph_of(right))
    assert [(finding.code, finding.criterion) for finding in found] == [("stride", "settings")] * 2


def test_a_missing_branch_is_one_finding():
    found = compare(graph_of(lambda x: layers.concatenate([conv(8, 3)(conv(4, 1)(x)), conv(2)(x)])),
                    graph_of(lambda x: layers.concatenate([conv(8, 3)(conv(4, 1)(x)), conv(2)(x),
                                                           conv(8, 1)(pool()(x))])), [BRANCH_ORDER])
    wiring = [finding for finding in found if finding.criterion == "wiring"]
    assert [finding.code for finding in wiring] == ["missing_branch"]
    assert wiring[0].expected == "(AveragePooling2D 3x3, stride 1) → (Conv2D 1x1, 8 filters, relu)"


def test_a_layer_shared_across_branches_is_named():
    def shared(x):
        reduce = conv(4, 1)
        return layers.concatenate([conv(8, 3)(reduce(x)), conv(8, 5)(reduce(x))])

    def apart(x):
        return layers.concatenate([conv(8, 3)(conv(4, 1)(x)), conv(8, 5)(conv(4, 1)(x))])

    assert "over_shared" in [finding.code for finding in compare(graph_of(shared), graph_of(apart), [BRANCH_ORDER])]
    found = [finding.code for finding in compare(graph_of(apart), graph_of(shared), [BRANCH_ORDER])]
    assert "missing_layer" not in found


def test_weights_that_should_be_shared_and_are_not():
    def shared(x):
        layer = conv(3)
        return layer(layer(x))

    found = compare(graph_of(lambda x: conv(3)(conv(3)(x))), graph_of(shared))
    assert [finding.code for finding in found if finding.criterion == "sharing"] == ["not_shared"]


def test_order_matters_where_the_task_does_not_free_it():
    def swapped(x):
        right = conv(8, 1)(pool()(x))
        return layers.concatenate([right, conv(8, 3)(conv(4, 1)(x))])

    assert [finding.code for finding in compare(graph_of(swapped), graph_of(two_branches))] == ["order"]
    assert compare(graph_of(swapped), graph_of(two_branches), [BRANCH_ORDER]) == []


def test_findings_come_in_the_order_of_judgement():
    found = compare(graph_of(lambda x: conv(3)(x)), graph_of(two_branches))
    order = ["shapes", "counts", "sharing", "wiring", "settings"]
    criteria = [order.index(finding.criterion) for finding in found]
    assert criteria == sorted(criteria) and criteria[0] == 0


def test_a_count_is_explained_by_its_closed_form():
    found = compare(graph_of(lambda x: conv(3)(x)), graph_of(two_branches))
    count = next(finding for finding in found if finding.code == "parameter_count")
    assert count.expected == "344 parameters = (1×1×3×4 + 4) + (3×3×4×8 + 8) + (1×1×3×8 + 8)"
    assert count.found == "84 parameters"


def test_the_drawing_marks_what_is_wrong_and_says_it_in_words():
    student = graph_of(lambda x: variant(x, second=lambda y: conv(8, 5)(y)))
    found = compare(student, graph_of(two_branches), [BRANCH_ORDER])
    number = next(index for index, finding in enumerate(found, 1) if finding.code == "kernel")
    words = drawing.alt_text(student, found)
    about_the_layer = words.split("`conv2d_2`: ")[1].split("`average_pooling2d_1`: ")[0]
    assert f"Marked: finding {number}." in about_the_layer
    picture = drawing.svg(student, found)
    assert f"✗ {number}  conv2d_2" in picture.replace("&#45;", "-").replace("&#160;", " ")
    assert "✗" not in drawing.svg(student)


def test_the_drawing_shows_what_is_missing():
    student = graph_of(lambda x: conv(8, 3)(conv(4, 1)(x)))
    reference = graph_of(two_branches)
    picture = drawing.svg(student, compare(student, reference), reference)
    assert "AveragePooling2D" in picture and "missing:" in picture


def test_a_graph_too_large_to_be_read_is_not_drawn():
    def long(number):
        def chain(x):
            for _ in range(number):
                x = layers.Dropout(0.5)(x)
            return x
        return graph_of(chain)

    assert drawing.svg(long(10)) is not None
    assert drawing.svg(long(drawing.MAX_NODES)) is None


def test_a_layer_name_is_never_markup():
    student = graph_of(lambda x: conv(3, name="<b>&amp;\"x\\n")(x))
    assert "<b>" not in drawing.svg(student)
