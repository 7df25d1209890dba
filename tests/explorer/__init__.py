"""Random histories of all that Django's operations can say, walked step by step on real databases.

    fields        the fields that a history adds, and what each may become
    model_states  what a state of the models has to say to whoever alters it
    operations    the operations that a state allows
    themes        which of these are asked for, and how often
    histories     the history of a theme and a number: always the same, as the files of an app
    trial         what is promised about a history, at each of its places
    test_explorer the first numbers of each theme; SCHEMAGUARD_SEED and SCHEMAGUARD_HISTORIES ask for others

What Django or the server refuses ends a history. What docs/limits.md lists as a known gap is not made.
"""
