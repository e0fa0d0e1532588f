"""Checksum and size of uploaded files: computed by background jobs, checked by a command.

What is stored is CKAN's resource fields `size`, `hash` and `hash_algorithm`; how they become RDF is left to
`dcat_ap_de`. Files behind links are nobody's business here.
"""
