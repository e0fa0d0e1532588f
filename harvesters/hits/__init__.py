"""HiTS (Herne in Tabellen und Schaubildern): statistical workbooks and reports as tidy, honest tables.

File -> grids (`sheets`), grid -> rows (`table`), cell -> value (`cells`), source -> run (`source`). Table signs
stand in `signs.yaml`, the layout of a theme in `themes/*.yaml`, which `propose` drafts from a file.
"""
