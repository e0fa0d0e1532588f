"""Other portals' catalogues (DCAT-AP.de 3.0, 2.0, 1.x) move in: found, read, checked, stored, reported.

What a statement means is left to `dcat_ap_de`; queues and jobs to ckanext-harvest; storing one dataset to
ckanext-dcat's harvester.
"""
