"""RDF profile `dcat_ap_de_3`: ckanext-dcat's door to this room."""

from ckanext.dcat.profiles import RDFProfile


class DcatApDe3Profile(RDFProfile):
    """DCAT-AP.de 3.0."""
