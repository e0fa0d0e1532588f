"""What the federation harvests: the catalogue and its packages as RDF, at ckanext-dcat's addresses."""
