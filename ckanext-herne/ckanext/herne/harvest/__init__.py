"""The harvest as people and programs meet it: pages, actions, commands, mail, metrics.

What a harvest does stands in `ckanext.herne.harvesters.operations`; this room asks it, and shows its records.
"""
