"""The pages under /harvest, for those who may edit a source: overview, a source, a run; Atom; buttons.

`access` decides who gets where, `shown` says things in the reader's language, `charts` what is drawn.
ckanext-harvest's addresses of the same pages lead here.
"""
