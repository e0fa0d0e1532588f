"""Typed DataStore tables: declare, load in bulk, reconcile."""
