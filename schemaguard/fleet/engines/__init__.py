"""Where the batches are worked off: `local`, in processes of this machine, or `celery`, by the project's workers.

Each has `run`, which gives back what came out of each batch as soon as it is there, in whatever order.
"""

ENGINES = ("local", "celery")
