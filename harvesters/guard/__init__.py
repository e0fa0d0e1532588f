"""Keeps harvest sources to those who may edit them: who sees what, and what a page may change by a link.

ckanext-harvest shows sources, configurations and harvest objects to everybody and starts jobs by GET.
"""
