"""Models as data: the ground storey, which knows nothing of tasks, students or cohorts."""
