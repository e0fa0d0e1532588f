"""Files of tables (xlsx, xls, ods) as plain grids of cells: what stands where, and how it is shown.

What the cells mean is left to `cells` and `table`. A file that is a danger or is not whole is refused.
"""

from ckanext.herne.harvesters.hits.sheets.grid import Content, Grid, address
from ckanext.herne.harvesters.hits.sheets.opening import grids

__all__ = ["Content", "Grid", "address", "grids"]
