"""Downloads of typed tables: CSV, JSON, GeoJSON, Parquet and XLSX, and what describes their columns.

The same rows give the same bytes, in the order of the key. Text leaves while it is being read, so a table may
be larger than memory.
"""

from ckanext.herne.tables.export.descriptors import Facts, csvw, table_schema
from ckanext.herne.tables.export.formats import FORMATS, Format, address, formats_of, year_of
from ckanext.herne.tables.export.reading import Rows

__all__ = ["FORMATS", "Facts", "Format", "Rows", "address", "csvw", "formats_of", "table_schema", "year_of"]
