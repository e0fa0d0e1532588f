"""People are told when harvesters stop getting a dataset's current version, and when they get it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.common import config
from ckan.lib.jobs import Worker, get_queue
from ckan.tests import factories
from ckanext.activity.model import Activity
from ckanext.herne.feed import gate, telling
from herne_testing.browser import Browser

if TYPE_CHECKING:
    from email.message import EmailMessage

    from herne_testing.mailbox import Mailbox

FILES = [{"url": "https://example.org/werte.csv", "format": "CSV", "name": "Werte"}]
PASSWORD = "ein langes Passwort"
NEWS = tuple(telling.ACTIVITIES.values())


def person(capacity: str = "editor", **fields: Any) -> Any:
    """An account in the portal's only organization."""
    user = model.User.get(factories.User(image_url="", **fields)["id"])
    group = model.Group.get("stadt-herne")
    member = model.Member(table_id=user.id, table_name="user", group=group, capacity=capacity)
    model.Session.add(member)
    model.Session.commit()
    return user


@pytest.fixture(scope="module")
def editor(portal: Any) -> Any:
    return person(name="erika", fullname="Erika Muster", email="erika@example.org", password=PASSWORD)


@pytest.fixture(scope="module")
def steward(portal: Any, editor: Any) -> Browser:
    token = factories.APIToken(user="erika")
    return Browser(portal, token["token"] if isinstance(token, dict) else token)


@pytest.fixture(autouse=True)
def empty_queue(portal: Any) -> None:
    get_queue().empty()


@pytest.fixture
def dataset(steward: Browser) -> dict[str, Any]:
    """A public dataset that harvesters get."""
    return dict(steward.call("package_create", title="Straßen & Bäume", notes="Alle Bäume.", resources=FILES))


def work() -> None:
    """Do what is in the queue; a worker needs seconds to begin."""
    for job in get_queue().jobs:
        if job.func is telling.tell_people:
            job.func(*job.args)
    get_queue().empty()


def spoil(steward: Browser, dataset: dict[str, Any]) -> None:
    """A dataset without files is none: the feed keeps the last good version."""
    steward.call("package_patch", id=dataset["id"], resources=[])


def mend(steward: Browser, dataset: dict[str, Any]) -> None:
    steward.call("package_patch", id=dataset["id"], resources=FILES)


def news(dataset: dict[str, Any]) -> list[Any]:
    """The activities of this kind that a dataset has, oldest first."""
    found = model.Session.query(Activity).filter(
        Activity.object_id == dataset["id"], Activity.activity_type.in_(NEWS)
    )
    return list(found.order_by(Activity.timestamp))


def body(mail: EmailMessage) -> str:
    part = mail.get_body()
    assert part is not None
    return str(part.get_content())


class TestActivities:
    def test_both_turns_are_told_in_the_name_of_who_made_them(
        self, steward: Browser, editor: Any, dataset: dict, mailbox: Mailbox
    ) -> None:
        spoil(steward, dataset)
        Worker().work(burst=True)
        mend(steward, dataset)
        Worker().work(burst=True)
        assert [one.activity_type for one in news(dataset)] == ["held package", "released package"]
        assert {one.user_id for one in news(dataset)} == {editor.id}
        assert news(dataset)[0].data["is_served"] is True
        assert [recipient for recipient, _mail in mailbox.mails] == ["erika@example.org"] * 2

    def test_a_dataset_that_stays_wrong_is_no_news(self, steward: Browser, dataset: dict) -> None:
        spoil(steward, dataset)
        work()
        steward.call("package_patch", id=dataset["id"], notes="Noch immer ohne Dateien.")
        work()
        assert len(news(dataset)) == 1

    def test_the_same_news_told_twice_is_one(
        self, steward: Browser, editor: Any, dataset: dict, mailbox: Mailbox
    ) -> None:
        spoil(steward, dataset)
        telling.tell_people(dataset["id"], "held", editor.id)
        telling.tell_people(dataset["id"], "held", editor.id)
        assert len(news(dataset)) == len(mailbox.mails) == 1

    def test_news_that_is_none_any_more_is_not_told(
        self, steward: Browser, dataset: dict, mailbox: Mailbox
    ) -> None:
        spoil(steward, dataset)
        mend(steward, dataset)
        assert [job.args[1] for job in get_queue().jobs if job.func is telling.tell_people] == [
            "held",
            "released",
        ]
        work()
        assert news(dataset) == []
        assert mailbox.mails == []

    def test_the_dataset_s_stream_and_the_organization_s_show_it(
        self, steward: Browser, dataset: dict
    ) -> None:
        spoil(steward, dataset)
        work()
        for path in (f"/dataset/activity/{dataset['id']}", "/organization/activity/stadt-herne"):
            [item] = [
                item
                for item in steward.page(path).select("li.held-package")
                if dataset["id"] in str(item.find("a"))
            ]
            assert item.find("a").text.strip() == dataset["title"]
            assert "GovData" in item.text

    def test_followers_find_it_on_their_dashboard(self, portal: Any, steward: Browser, dataset: dict) -> None:
        follower = factories.UserWithToken(image_url="")
        reader = Browser(portal, follower["token"])
        reader.call("follow_dataset", id=dataset["id"])
        spoil(steward, dataset)
        work()
        assert reader.page("/dashboard").select("li.held-package")


class TestLetters:
    def test_who_changed_it_gets_one_in_both_languages(
        self, steward: Browser, dataset: dict, mailbox: Mailbox
    ) -> None:
        spoil(steward, dataset)
        work()
        [(recipient, mail)] = mailbox.mails
        assert recipient == "erika@example.org"
        assert dataset["title"] in mail["Subject"]
        text = body(mail)
        assert f'"{dataset["title"]}"' in text or f"„{dataset['title']}“" in text
        for result in telling.violations(dataset["id"]):
            for words in (result.message_de, result.message_en, result.remedy_de, result.remedy_en):
                assert words in text
        address = f"http://herne.test/dataset/{{}}{dataset['name']}"
        assert address.format("edit/") in text
        assert address.format("") + "/govdata" in text
        assert "http://herne.test/en/dataset/edit/" in text
        assert "&amp;" not in text

    def test_another_says_that_it_is_good_again(
        self, steward: Browser, dataset: dict, mailbox: Mailbox
    ) -> None:
        spoil(steward, dataset)
        work()
        mend(steward, dataset)
        work()
        assert len(mailbox.mails) == 2
        assert "again" in body(mailbox.mails[1][1])

    def test_without_a_person_the_organization_s_administrators_get_it(
        self, steward: Browser, portal: Any, mailbox: Mailbox
    ) -> None:
        person("admin", name="anton", email="anton@example.org")
        made = Browser(portal, machine_token()).call("package_create", title="Von selbst", notes="n")
        work()
        assert [recipient for recipient, _mail in mailbox.mails] == ["anton@example.org"]
        assert news(made)[0].data["is_served"] is False

    def test_somebody_who_left_gets_nothing(
        self, portal: Any, editor: Any, dataset: dict, mailbox: Mailbox
    ) -> None:
        set_state(editor.id, "deleted")
        try:
            spoil(Browser(portal, machine_token()), dataset)
            work()
            assert "erika@example.org" not in [recipient for recipient, _mail in mailbox.mails]
        finally:
            set_state(editor.id, "active")

    def test_without_a_mail_server_nobody_minds(self, steward: Browser, dataset: dict) -> None:
        spoil(steward, dataset)
        work()
        assert len(news(dataset)) == 1

    def test_a_mail_server_that_is_down_is_logged_with_the_remedy(
        self,
        steward: Browser,
        dataset: dict,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        from ckanext.herne.portal import mail

        monkeypatch.setattr(mail.log, "disabled", False)
        monkeypatch.setitem(config, "smtp.server", "127.0.0.1:1")
        spoil(steward, dataset)
        telling.tell_people(dataset["id"], "held", "")
        assert "Remedy: check the settings smtp.*" in caplog.text
        assert len(news(dataset)) == 1


def set_state(user_id: str, state: str) -> None:
    model.User.get(user_id).state = state
    model.Session.commit()


def machine_token() -> str:
    """A token of the portal's own account, as harvests use it."""
    from ckan.logic import get_action

    name = get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return str(factories.APIToken(user=name)["token"])


class TestNotices:
    def test_who_saves_in_the_browser_is_told_at_once(self, steward: Browser, dataset: dict) -> None:
        with steward.app.flask_app.test_client() as client:

            def post(path: str, **data: str) -> BeautifulSoup:
                answer = client.post(path, base_url="http://herne.test", data=data, follow_redirects=True)
                return BeautifulSoup(answer.text, "html.parser")

            post("/user/login", login="erika", password=PASSWORD)
            page = post(f"/dataset/{dataset['id']}/resource/{dataset['resources'][0]['id']}/delete")
            [notice] = page.select(".alert-info ul")
            assert [item.text for item in notice.find_all("li")] == telling.messages(dataset["id"])
            assert notice.find_next("a")["href"] == f"/dataset/{dataset['name']}/govdata"
            file = {"url": "https://example.org/neu.csv", "name": "Neu", "format": "CSV", "id": ""}
            page = post(f"/dataset/{dataset['id']}/resource/new", save="save", **file)
            assert page.select(".alert-success")

    def test_a_program_is_not(self, steward: Browser, dataset: dict) -> None:
        with steward.app.flask_app.test_client() as client:
            data = {"id": dataset["id"], "resources": []}
            client.post("/api/3/action/package_patch", json=data, headers=steward.headers)
            with client.session_transaction() as session:
                assert "_flashes" not in session


def hrefs(item: Any) -> list[str]:
    return [str(link["href"]) for link in item.find_all("a")]


class TestDashboard:
    def test_it_shows_what_the_reader_may_mend(self, portal: Any, steward: Browser, dataset: dict) -> None:
        spoil(steward, dataset)
        page = steward.page("/dashboard/held")
        [item] = [item for item in page.select(".herne-resource") if dataset["name"] in hrefs(item)[0]]
        assert hrefs(item) == [
            f"/dataset/{dataset['name']}",
            f"/dataset/edit/{dataset['name']}",
            f"/dataset/{dataset['name']}/govdata",
        ]
        [held] = [one for one in gate.held() if one.package_id == dataset["id"]]
        assert telling.messages(dataset["id"])[0] in item.text
        assert held.is_served

        stranger = Browser(portal, factories.UserWithToken(image_url="")["token"])
        assert dataset["title"] not in stranger.get("/dashboard/held").body
        assert "empty" in stranger.page("/dashboard/held").select_one(".module-content p.empty")["class"]

    def test_the_tab_has_the_number(self, steward: Browser, dataset: dict) -> None:
        spoil(steward, dataset)
        tabs = steward.page("/dashboard/datasets").select(".nav-tabs li")
        assert any(f"({len(gate.held())})" in tab.text for tab in tabs)

    def test_the_page_what_govdata_sees_says_so_too(self, steward: Browser, dataset: dict) -> None:
        path = f"/dataset/{dataset['name']}/govdata"
        assert steward.page(path).select(".herne-seen > .alert-info")
        spoil(steward, dataset)
        [state] = steward.page(path).select(".herne-seen > .alert-warning")
        assert "{" not in state.text

    def test_it_is_for_people_with_an_account(self, portal: Any) -> None:
        answer = portal.get("/dashboard/held", follow_redirects=False)
        assert answer.status_code == 302
        assert "/user/login" in answer.location

    def test_a_sysadmin_sees_all_and_sets_the_gate(
        self, portal: Any, steward: Browser, dataset: dict
    ) -> None:
        spoil(steward, dataset)
        admin = Browser(portal, factories.SysadminWithToken(image_url="")["token"])
        assert dataset["title"] in admin.page("/dashboard/held").text
        assert "/ckan-admin/config" not in steward.get("/dashboard/held").body
        assert admin.page("/ckan-admin/config").find("select", attrs={"name": gate.OPTION})
        try:
            assert admin.submit("/ckan-admin/config", "admin-config-form", "save", **{gate.OPTION: "warn"})
            assert gate.mode() == "warn"
            assert "ckan-admin/config" in admin.get("/dashboard/held").body
        finally:
            admin.call("config_option_update", **{gate.OPTION: "hold"})
