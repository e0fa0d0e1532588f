"""Merging two datasets: the log names what replaces the one that goes, and its address leads there."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories, helpers
from ckanext.herne.feed import store
from herne_testing.publishing import admin, create, perform, served, text

pytestmark = pytest.mark.usefixtures("portal", "tidy")


def merge(**fields: Any) -> dict[str, Any]:
    return helpers.call_action("herne_dataset_merge", admin(), **fields)


def test_the_one_that_goes_names_the_one_that_stays(portal: Any) -> None:
    gone, kept = create(title="Doppelt"), create(title="Bleibt")
    uri = f"http://herne.test/dataset/{kept['id']}"
    assert merge(id=gone["name"], into=kept["name"]) == {"id": gone["id"], "replaced_by": uri}
    assert served() == [kept["id"]]
    (last,) = store.changes(store.latest().id - 1, 10)
    assert (last.package_id, last.kind, last.replaced_by) == (gone["id"], "withdrawn", uri)
    assert model.Package.get(gone["id"]).state == "deleted"
    answer = portal.get(f"/dataset/{gone['id']}.ttl", status=410)
    assert uri in answer.body


def test_who_named_it_is_published_anew() -> None:
    gone, kept = create(title="Doppelt"), create(title="Bleibt")
    other = create(title="Neue Fassung", has_version=[gone["id"]])
    assert "dcat:hasVersion" in text(other)
    merge(id=gone["id"], into=kept["id"])
    perform()
    assert "dcat:hasVersion" not in text(other)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": "gone", "into": "nobody"}, "into"),
        ({"id": "nobody", "into": "kept"}, "id"),
        ({"id": "gone", "into": "gone"}, "into"),
        ({"id": "gone", "into": "private"}, "into"),
        ({"id": "gone", "into": ["kept"]}, "into"),
    ],
)
def test_what_cannot_be_merged_stays(fields: dict[str, Any], field: str) -> None:
    create(name="gone", title="Doppelt")
    create(name="kept", title="Bleibt")
    create(name="private", title="Privat", private=True)
    with pytest.raises(tk.ValidationError) as refused:
        merge(**fields)
    assert list(refused.value.error_dict) == [field]
    assert len(served()) == 2


def test_only_who_may_delete_may_merge() -> None:
    gone, kept = create(title="Doppelt"), create(title="Bleibt")
    stranger = factories.User(image_url="")
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action(
            "herne_dataset_merge",
            {"user": stranger["name"], "ignore_auth": False},
            id=gone["id"],
            into=kept["id"],
        )
    assert len(served()) == 2
