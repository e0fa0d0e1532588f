"""A browser without scripts: visits pages of CKAN's test app and submits forms as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup


@dataclass
class Browser:
    """Visits pages and submits forms as a browser does: every control as the page shows it."""

    app: Any
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": self.token} if self.token else {}

    def get(self, path: str, **options: Any) -> Any:
        return self.app.get(path, headers=self.headers, **options)

    def page(self, path: str) -> BeautifulSoup:
        return BeautifulSoup(self.get(path, status=200).body, "html.parser")

    def submit(self, path: str, form_id: str, button: str, **changes: Any) -> Any:
        """Open the page, change some controls of one form and press its button; no redirect is followed."""
        form = self.page(path).find(id=form_id)
        sent = {**controls(form), "save": button, **changes}
        action = form.get("action") or path
        return self.app.post(action, data=sent, headers=self.headers, follow_redirects=False)

    def call(self, action: str, *, ok: bool = True, **data: Any) -> Any:
        """Call CKAN's action API with JSON; what it returns, or its error if `ok` is False."""
        answer = self.app.post(f"/api/3/action/{action}", json=data, headers=self.headers).json
        assert answer["success"] is ok, answer
        return answer["result"] if ok else answer["error"]


def controls(form: Any) -> dict[str, Any]:
    """What a browser would send for a form: names and values, lists for several values of one name."""
    sent: dict[str, list[str]] = {}
    for template in form.find_all("template"):
        template.decompose()
    for control in form.find_all(["input", "select", "textarea"]):
        is_sent = control.get("name") and not control.has_attr("disabled")
        if not is_sent or control.get("type") in ("file", "submit"):
            continue
        for value in values(control):
            sent.setdefault(control["name"], []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in sent.items()}


def values(control: Any) -> list[str]:
    """The values one control contributes."""
    if control.name == "textarea":
        return [control.text.removeprefix("\n")]
    if control.name == "select":
        options = control.find_all("option")
        chosen = [option for option in options if option.has_attr("selected")]
        return [option["value"] for option in chosen or ([] if control.has_attr("multiple") else options[:1])]
    if control.get("type") in ("checkbox", "radio"):
        return [control.get("value", "on")] if control.has_attr("checked") else []
    return [control.get("value", "")]
