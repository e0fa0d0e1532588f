"""A run from its beginning to its end: discover, fetch, plan, apply. A dry run ends with the plan.

The database knows at every moment how far it is. A worker that takes up a run whose worker died discovers
anew, keeps what was fetched, and passes over what is stored.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ckan import model
from ckan.plugins.toolkit import _
from ckanext.harvest.model import HarvestJob, HarvestSource
from ckanext.herne.harvesters.operations import journal, kinds, records, runs, storing
from ckanext.herne.harvesters.operations.auth import auth_of
from ckanext.herne.harvesters.operations.conceal import concealed
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http
from ckanext.herne.harvesters.operations.http.options import limits
from ckanext.herne.harvesters.operations.patience import pass_on_if_away
from ckanext.herne.harvesters.operations.plan import Entry, Plan
from ckanext.herne.harvesters.operations.saying import told
from ckanext.herne.harvesters.operations.sorting import Sorted, sorted_out
from ckanext.herne.harvesters.operations.source import Discovery, Item, Reader
from ckanext.herne.harvesters.operations.twins import Others, held, own_package
from ckanext.herne.harvesters.operations.vanishing import Bounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.harvesters.operations.leases import Lease
    from ckanext.herne.harvesters.operations.records import Record
    from ckanext.herne.harvesters.operations.source import Described


class Conductor:
    """One run, stage by stage."""

    def __init__(self, lease: Lease) -> None:
        self.lease, self.run = lease, runs.get(lease.run.job_id) or lease.run
        self.job = HarvestJob.get(self.run.job_id)
        self.owner = HarvestSource.get(self.run.source_id)
        self.is_dry = self.run.is_dry
        self.plan = Plan()
        self.earlier = {
            one["guid"]: (part, Entry(**one))
            for part in ("create", "change")
            for one in (self.run.plan or {}).get(part, [])
        }
        self.contents: dict[str, str] = {}
        self.memory: dict[str, Mapping[str, Any]] = {}
        self.unfinished: set[str] = set()
        self.objects: dict[str, Any] = {}

    def conduct(self) -> tuple[str, str]:
        """Does it all; gives outcome and message. Raises SourceError, ConfigError if nothing can be done."""
        self.source = kinds.source_class(self.owner.type).configured(self.owner.config)
        self.others = Others(self.owner, self.source)
        self.bounds, self.now = Bounds.of(self.source.config), datetime.now(UTC)
        if not self.is_dry:
            journal.begin(self.job)
            self.objects = journal.objects(self.job)
        discovery, found = self.discover()
        items = self.fetch(found.todo)
        ready = self.planned(items, found)
        self._keep_plan()
        if self.is_dry:
            return "ok", ""
        if self.plan.asks:
            return "asks", self.plan.asks
        self.apply(ready, found)
        self._keep_plan()
        return self._ending(discovery, found)

    def discover(self) -> tuple[Discovery, Sorted]:
        """What the source has, against what is known of it."""
        self._progress("discover")
        self.remembered = runs.memory(self.run.source_id).memory
        self.mine = records.of_source(self.run.source_id)
        # what is remembered is of no use once a dataset was deleted here, or another source brings it
        is_whole = all(record.is_stored and not record.held_by for record in self.mine.values())
        package = model.Package.get(self.run.source_id)
        self.reader = Reader(
            http=self._http(),
            url=self.owner.url,
            source_id=self.run.source_id,
            owner_org=package.owner_org if package else None,
            now=self.now,
            memory=self.remembered if self.mine and is_whole else {},
            known={guid: one.fingerprint for guid, one in self.mine.items() if one.is_stored},
        )
        discovery = self.source.discover(self.reader)
        for guid, error in discovery.problems:
            self._failed(Item(guid), "Gather", error)
        elsewhere = self.others.holders([item.guid for item in discovery.items], self.mine)
        return discovery, sorted_out(discovery, self.mine, elsewhere, self.owner.url)

    def _as_stored(self, item: Item) -> tuple[Reader, Item]:
        """Reads as whom the record is stored: its ids stay when another source takes it over."""
        record = self.mine.get(item.guid)
        known = (record and record.package_id) or self._taken_over(item.guid)
        identity = self.others.identity(item.guid, known)
        guid = self.others.named(item.guid, identity)
        return replace(self.reader, source_id=identity), replace(item, guid=guid)

    def _http(self) -> Http:
        wanted = limits()
        if self.source.limits is not None:
            wanted = wanted.at_least(self.source.limits)
        http = Http.configured(self.owner.title, wanted)
        http.session.auth = auth_of(self.source.config, self.owner.url)
        http.session.hooks["response"].append(lambda *_answer, **_options: self.lease.moved())
        return http

    def fetch(self, todo: list[Item]) -> list[Item]:
        """What came, as far as it came."""
        came = []
        for number, item in enumerate(todo):
            self._progress("fetch", number, len(todo))
            stored = self.objects.get(item.guid)
            try:
                if stored is not None:
                    self.contents[item.guid] = stored.content
                else:
                    content = self.source.fetch(*self._as_stored(item))
                    self.contents[item.guid] = content
                    if not self.is_dry:
                        self.objects[item.guid] = journal.fetched(self.job, item, content)
                came.append(item)
            except Exception as error:
                pass_on_if_away(error)
                self._failed(item, "Fetch", error)
        return came

    def planned(self, items: list[Item], found: Sorted) -> list[Item]:
        """Fills the plan; gives the items that are to be stored."""
        ready = []
        for number, item in enumerate(items):
            self._progress("plan", number, len(items))
            if self._is_done(item.guid):
                continue
            try:
                if self._plan_one(item, self.mine.get(item.guid)):
                    ready.append(item)
            except Exception as error:
                pass_on_if_away(error)
                self._failed(item, "Import", error)
        self.plan.unchanged += [one.guid for one in found.unchanged if not self._is_done(one.guid)]
        self.plan.held += [held(item, other, self.mine.get(item.guid)) for item, other in found.held]
        self.plan.delete += [self._vanishing(record) for record in found.gone]
        newly_gone = [one for one in found.gone if one.missing_since is None and one.is_stored]
        if not self.run.accept_deletions:
            stored = sum(record.is_stored for record in self.mine.values())
            self.plan.asks = self.bounds.asks(stored, len(newly_gone))
        return ready

    def _is_done(self, guid: str) -> bool:
        """Whether an earlier worker of this run stored it; its plan tells what that changed."""
        entry = self.objects.get(guid)
        if entry is None or entry.state != "COMPLETE":
            return False
        if guid in self.earlier:
            part, planned = self.earlier[guid]
            getattr(self.plan, part).append(planned)
        if entry.report_status == journal.UNCHANGED:
            self.plan.unchanged.append(guid)
        return True

    def _plan_one(self, item: Item, record: Record | None) -> bool:
        """Plans one record; whether there is anything to write."""
        if record is not None and record.state == "deleted":
            place, problem = f"dataset {record.package_id}", _("its dataset was deleted here")
            remedy = _("Restore it, or take it out at the source or delete the harvest source")
            raise SourceError(self.owner.title, place, problem, remedy)
        described, found = self._difference(item, record)
        self._note(item, described)
        if not found:
            self.plan.unchanged.append(item.guid)
            return not (record and record.says(item.fingerprint, found.said))
        entry = Entry(item.guid, item.title, str(found.dataset["id"]), found.dataset.get("name"))
        part = self.plan.create if found.is_new else self.plan.change
        entry.notes = list(described.notes)
        part.append(entry.of(found.fields, found.rows))
        return True

    def _note(self, item: Item, described: Described) -> None:
        """What could not be read of a record that is stored nevertheless; what is to be kept of it."""
        self.memory[item.guid] = described.memory
        if described.goes_on:
            self.unfinished.add(item.guid)
        for error in described.problems:
            message = concealed(told(error, item.guid))
            self.plan.errors.append(Entry(item.guid, item.title, problem=message))
            if not self.is_dry:
                journal.remark(self.objects[item.guid], message)

    def _difference(self, item: Item, record: Record | None) -> tuple[Described, storing.Difference]:
        described = self.source.describe(*self._as_stored(item), self.contents[item.guid])
        known = (record and record.package_id) or self._taken_over(item.guid) or described.said["id"]
        return described, storing.difference(described, record, str(known))

    def _taken_over(self, guid: str) -> str | None:
        """The dataset of a record that another source has brought so far, perhaps only just now."""
        taken = self.others.records([guid]).get(guid)
        return taken.package_id if taken else None

    def _vanishing(self, record: Record) -> Entry:
        since = record.missing_since or self.now
        after = (since + self.bounds.grace).isoformat()
        return Entry(record.guid, record.title, record.package_id, after=after)

    def apply(self, ready: list[Item], found: Sorted) -> None:
        """Writes what was planned: what is new or changed, then what vanished."""
        total = len(ready) + len(found.gone)
        for number, item in enumerate(ready):
            self._progress("apply", number, total)
            try:
                self._store(item, self.mine.get(item.guid))
            except Exception as error:
                pass_on_if_away(error)
                self._failed(item, "Import", error)
        for item, other in found.held:
            own = own_package(self.mine.get(item.guid), other)
            records.hold(self.run.source_id, item, other, self.now, package_id=own)
        model.Session.commit()
        for number, record in enumerate(found.gone):
            self._progress("apply", len(ready) + number, total)
            if self.bounds.deletes(record.missing_since or self.now, self.now):
                self._delete(record)

    def _store(self, item: Item, record: Record | None) -> None:
        described, found = self._difference(item, record)
        entry = self.objects[item.guid]
        self.others.take_over(item.guid, str(found.dataset["id"]))
        if not found:
            storing.confirm(item, found, entry)
            journal.done(entry, journal.UNCHANGED)
            return
        storing.store(item, described, found, entry)
        kept = None
        if described.tables:
            rows = asdict(found.rows) if found.rows else {}
            left_out = [dict(harvested.left_out) for harvested in described.tables]
            kept = {"rows": rows, "left_out": left_out}
        journal.done(entry, journal.ADDED if found.is_new else journal.UPDATED, kept)

    def _delete(self, record: Record) -> None:
        storing.delete(record)
        journal.deleted(self.job, record.guid, record.package_id)

    def _ending(self, discovery: Discovery, found: Sorted) -> tuple[str, str]:
        """Remembers what lets the next run pass over things.

        What was discovered counts for that only if nothing failed, what was described if it is stored.
        """
        failed = len(self.plan.errors)
        missing = [record.guid for record in found.gone]
        records.seen(self.run.source_id, self.now, missing)
        model.Session.commit()
        of_discovery = self.remembered if failed or discovery.same else discovery.memory
        memory = {**of_discovery, **{name: one for of in self.memory.values() for name, one in of.items()}}
        runs.remember(self.run.source_id, memory={**memory, runs.GOES_ON: self._goes_on()})
        if not failed:
            return "ok", ""
        stored = {one.guid for one in (*self.plan.create, *self.plan.change)} | {*self.plan.unchanged}
        derived = {item.guid for item in discovery.items if item.is_derived}
        first = self.plan.errors[0].problem or ""
        return ("partial" if stored - derived else "failed"), first

    def _goes_on(self) -> bool:
        """Whether the next run is to begin by itself; after one that got no further it would be in vain."""
        moved = [one for one in (*self.plan.create, *self.plan.change) if one.rows and one.rows["inserted"]]
        return bool(self.unfinished) and bool(moved) and not self.plan.errors

    def _failed(self, item: Item, stage: str, error: Exception) -> None:
        """Keeps an error with its record. A fault of ours must not end the run for the other records."""
        model.Session.rollback()
        message = concealed(told(error, item.guid))
        for part in (self.plan.create, self.plan.change):
            part[:] = [entry for entry in part if entry.guid != item.guid]
        self.memory.pop(item.guid, None)
        self.plan.errors.append(Entry(item.guid, item.title, problem=message))
        if not self.is_dry:
            journal.failed(self.job, item.guid, stage, message, self.objects.get(item.guid))

    def _progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Notes how far the run is; each answer of the source counts as a step on the way, too."""
        self.lease.step(stage, done, total)

    def _keep_plan(self) -> None:
        source = {"id": self.owner.id, "title": self.owner.title, "url": self.owner.url}
        runs.put_plan(self.run.job_id, self.plan.data(source, self.run.kind), self.plan.counts())
