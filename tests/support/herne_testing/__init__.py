"""What the tests of several rooms share.

Not called `tests`: importing CKAN puts its own folder first on the path, and its `tests` would win.
"""
