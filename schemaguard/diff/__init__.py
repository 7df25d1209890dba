"""Two live schemas, or one and a snapshot of it in a file, held against each other. No migrations are asked.

`sides` reads what is compared, `snapshots` keeps a schema as a file, `names` tells which names somebody chose, and
`comparison` says in what two schemas differ, by the comparers of `schema/` and in the words of `diagnosis/wording`.
"""
