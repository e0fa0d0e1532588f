"""HiTS (Herne in Tabellen und Schaubildern): statistical workbooks and reports as tidy, honest tables.

File -> grids (`sheets`), grid -> rows (`table`), cell -> value (`cells`), report -> rows (`atlas`), source ->
run (`source`). Signs stand in `signs.yaml`, the layout of a theme in `themes/*.yaml`; `propose` drafts one.
"""
