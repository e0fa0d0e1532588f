"""Makes damaged texts whole again.

A text that is whole in another syntax is written anew from that, so that a package which is held keeps its
last good version; else the package is published anew.
"""

from __future__ import annotations

import logging

import ckan.model as model
from ckanext.herne.feed import staging, store
from ckanext.herne.feed.fragments import Fragment, digest
from ckanext.herne.feed.publish import publish
from ckanext.herne.feed.syntaxes import SYNTAXES, body, document
from rdflib import Graph

log = logging.getLogger(__name__)


def repair(package_id: str) -> None:
    """Make a package's texts whole in every syntax; committed.

    :raises LookupError: they cannot be made, because the package is held and none of its texts is whole.
    """
    try:
        texts = {syntax: store.texts([package_id], syntax).get(package_id) for syntax in SYNTAXES}
        whole = {syntax: text for syntax, text in texts.items() if text is not None and text.is_whole}
        damaged = texts.keys() - whole.keys()
        if whole:
            syntax, text = next(iter(whole.items()))
            staging.restore(package_id, {name: _translated(text, syntax, name) for name in damaged})
        else:
            publish(package_id, anew=True)
        model.Session.commit()
    except BaseException:
        model.Session.rollback()
        raise
    if any(not is_whole(package_id, syntax) for syntax in damaged):
        raise LookupError(package_id)


def is_whole(package_id: str, syntax: str) -> bool:
    """Whether a package's text is what it was when it was made."""
    text = store.texts([package_id], syntax).get(package_id)
    return text is not None and text.is_whole


def _translated(text: Fragment, syntax: str, wanted: str) -> Fragment:
    """The same statements in another syntax."""
    content, beside = (
        body(Graph().parse(data=document([part], syntax), format=SYNTAXES[syntax].library_name), wanted)
        for part in (text.content, text.beside)
    )
    return Fragment(content, beside, digest(content, beside))
