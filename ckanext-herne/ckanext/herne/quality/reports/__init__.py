"""Stored reports: what validation said about each package, when, and how that changed.

`subjects` takes packages from CKAN, `verdict` judges them, `store` keeps the verdicts (tables in `model`),
`refresh` brings them up to date, by background jobs (`jobs`, `triggers`) or a command (`cli`). `actions` is
the API, `drafts` what it says about packages that are not stored, `dqv` the reports as RDF for the feed.
"""
