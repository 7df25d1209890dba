"""Push: makes a database match the models at once, without migrations.

tasks      what is to be done, as values
expected   the models' side: the tables as Django would make them
known      the history's side: what migrations, and earlier pushes, made
renames    what is a rename, and not a drop and an add
compare    models and catalog ─▶ tasks
losses     what the tasks would cost, counted on the real rows
perform    carries the tasks out through Django's schema editor
rebuild    the same for a database that cannot alter a table (SQLite)
run        the whole: preview, question, one verified transaction
"""
