"""Push: makes a database match the models at once, without migrations.

expected    the models' side: the tables as Django would make them
timelines   the timelines of these tables, for the tasks
provenance  the history's side: what migrations, and earlier pushes, made
renames     what is a rename, and not a drop and an add
compare     models and catalog ─▶ tasks
uncastable  columns that can only be made anew
dependents  what hangs on tables and columns that would be dropped
values      the values that the models give to rows without one
run         the whole: preview, question, one verified transaction
"""
