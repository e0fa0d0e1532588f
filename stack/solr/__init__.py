"""Solr's configuration, the lock of its jars, and the code that builds CKAN's configset."""
