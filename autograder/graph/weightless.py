"""Models without weights: shapes and counts are exact, and nothing is allocated, neither at once nor later."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def weightless() -> Iterator[None]:
    """Let what is built inside have no weights.

    Keras lists the variables that such a scope leaves without values, and gives values to all of them when any other
    scope ends: to the hundred million of a model that nobody uses any more. What was made here is taken off the list.
    """
    import keras
    from keras.src.backend.common import global_state  # the list has no public name

    waiting = list(global_state.get_global_attribute("uninitialized_variables") or [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute("uninitialized_variables", waiting)
