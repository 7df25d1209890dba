"""The matrix: every single alteration of every object of testproject, and what becomes of it.

    spelling      shapes as SQL: of PostgreSQL, and of SQLite, where a table is written anew
    alterations   Schema ─▶ Alterations: generated from the kinds and attributes of `schemaguard.schema.objects`
    promises      what is silent on purpose, and what nobody alters, by kind and attribute, with reasons
    population    two rows in every table
    canonical     schema and rows as values that compare, names that nobody chose aside
    runner        one alteration: made, checked, mended by the hint, compared with a clean database
    results       outcomes by cell, the known gaps, and the page `docs/matrix.md`
    run           the whole of it: `make alterations`

A cell is a kind, an attribute and a way to alter it, on one server. `test_matrix.py` runs one alteration of each cell.
"""
