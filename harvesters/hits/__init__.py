"""HiTS (Herne in Tabellen und Schaubildern): statistical workbooks as tidy, honest tables.

Cells -> values (`cells`), sheet -> rows (`workbook`), source -> run (`source`). Table signs stand in
`signs.yaml`, the layout of a theme in `themes/*.yaml`.
"""
