"""The rows of a theme from its files: read, checked, secrets protected, readings compared. Does not store."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits import atlas, compare, disclosure, hierarchy
from ckanext.herne.harvesters.hits.report import document, geographies
from ckanext.herne.harvesters.hits.table import read_workbook
from ckanext.herne.harvesters.hits.theme import TABLE
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import answers
from ckanext.herne.harvesters.operations.rows import Harvested
from ckanext.herne.regions.store import regions
from ckanext.herne.tables import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ckanext.herne.harvesters.hits.theme import Theme
    from ckanext.herne.harvesters.operations.http import Http

log = logging.getLogger(__name__)
TOLD = 20
"""So many remarks of a kind go to the log; the counts of all are kept with the run."""


def harvested(http: Http, theme: Theme, books: Sequence[str], report: str) -> Harvested:
    """The rows of these workbooks and of a report, where there are any, as they may be published.

    A year that is read replaces itself; other years stay. Raises SourceError.
    """
    frames = [read_workbook(theme, url, http.read(url, answers.data).body) for url in books]
    _refuse_same_year(frames, books)
    counts: dict[str, int] = {}
    rows = pl.concat(frames) if frames else None
    if report:
        told = of_report(http, theme, report)
        if rows is not None:
            counts |= _tell("differs between workbook and report", compare.mismatches(rows, told))
            told = told.filter(pl.col("year").is_in(rows.get_column("year").unique().to_list()))
        rows = told if rows is None else compare.combined(rows, told)
    if rows is None:
        problem = _("there is neither a workbook nor a report")
        raise SourceError(report, "", problem, _("Check the address of the source"))
    known = regions()
    shown, finding = disclosure.protected(rows, theme, known)
    counts |= _tell("total differs from its areas", hierarchy.differences(rows, theme, known))
    counts |= _tell("secret could be computed", finding.notes()[: len(finding.recoverable)])
    counts |= _tell("withheld", finding.notes()[len(finding.recoverable) :])
    years = shown.get_column("year").unique().sort().to_list()
    return Harvested(TABLE, shown, tuple(Scope("year", year, year + 1) for year in years), counts)


def of_report(http: Http, theme: Theme, url: str) -> pl.DataFrame:
    """The theme's rows of the InstantAtlas report whose data stand at `url`. Raises SourceError."""
    index = document(url, http.read(url, answers.data).body)
    parts = {
        file: document(file, http.read(urljoin(url, file), answers.data).body)
        for file in theme_files(theme, url, index)
    }
    return atlas.read_report(theme, url, index, parts)


def theme_files(theme: Theme, url: str, index: Mapping[str, Any]) -> list[str]:
    """The files a report keeps the theme's values in, as its index names them; none if they stand there."""
    wanted = theme.atlas.theme if theme.atlas else ""
    found = [geography.files(wanted) for geography in geographies(url, index)]
    return list(dict.fromkeys(file for file in found if file))


def _refuse_same_year(frames: list[pl.DataFrame], books: Sequence[str]) -> None:
    seen: dict[tuple[int, str], str] = {}
    for frame, url in zip(frames, books, strict=True):
        for pair in frame.select("year", "indicator").unique().iter_rows():
            if pair in seen:
                problem = _("it is of the year {year}, as {other} is").format(year=pair[0], other=seen[pair])
                raise SourceError(url, "", problem, _("Remove the old one of the several workbooks"))
            seen[pair] = url


def _tell(kind: str, remarks: Iterable[object]) -> dict[str, int]:
    """Writes remarks to the log and counts them; nothing if there are none."""
    found = [str(remark) for remark in remarks]
    for remark in found[:TOLD]:
        log.warning("%s: %s", kind, remark)
    return {kind: len(found)} if found else {}
