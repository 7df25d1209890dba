"""Adopt: takes tables made outside migrations into the project.

names      of models and fields, as Django's inspectdb makes them
fields     a live column ─▶ the field that makes exactly this column
targets    what foreign keys may point at
draft      live tables ─▶ models, and what of them no model can say, as SQL
source     the draft as text: model code, and a migration
run        the whole: draft, write, verify, record
"""
