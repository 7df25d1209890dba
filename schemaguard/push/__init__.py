"""Push: makes a database match the models at once, without migrations.

expected    the models' side: the tables as Django would make them
timelines   the lines of these tables, for the tasks
provenance  the history's side: what migrations, and earlier pushes, made
renames     what is a rename, and not a drop and an add
compare     models and catalog ─▶ tasks
uncastable  columns that can only be made anew
dependents  what hangs on things that would be dropped
values      what the models have for rows without a value
run         the whole: preview, question, one verified transaction
"""
