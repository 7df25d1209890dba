"""A small shop with a long history, the permanent test bed of schemaguard.

On every database: accounts, catalog, orders, reviews, shipping, warehouse; `modern` (Django >= 5.0),
`compositekeys` (>= 5.2), `dbcascade` (>= 6.1). On PostgreSQL also `pgzoo`, and `pgmodern` (Django >= 5.0).
What has once been migrated somewhere stays as it is: a change of the models is a new migration.
"""
