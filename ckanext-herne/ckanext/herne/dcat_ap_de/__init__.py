"""DCAT-AP.de 3.0: a dataset dict to and from an RDF graph. Pure: no database, no HTTP."""
