"""A cohort of submissions, graded inside nbgrader.

nbgrader keeps its folders, its gradebook, its formgrader and its feedback; the parts here enter through its own
hooks. The way of a submission:

    intake -> reading -> repair -> (nbgrader: restore locked cells) -> execution -> judge -> (nbgrader: gradebook)

`configure` puts the parts into an nbgrader configuration, `cohort.grade` runs a whole cohort.
Importing this package imports neither Keras nor nbgrader, so that a configuration file stays cheap to read.
"""

from autograder.grading.settings import configure

__all__ = ["configure"]
