"""Who may ask what: visitors see the data, not the people behind them.

CKAN lets anonymous visitors read members and activities; the portal needs neither. User details themselves
are closed by CKAN's option `ckan.auth.public_user_details`, which the plugin sets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.guard import visibility

AuthFunction = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]

# Permissions that CKAN gives to everybody and that this portal gives to people with an account.
OF_CKAN = ("member_list", "member_roles_list")
OF_ACTIVITY = (
    "activity_list",
    "activity_show",
    "activity_data_show",
    "activity_diff",
    "group_activity_list",
    "organization_activity_list",
    "package_activity_list",
    "recently_changed_packages_activity_list",
    "user_activity_list",
)


def auth_functions() -> dict[str, Any]:
    """The permission functions by name; those for `activity` and `harvest` only if these are loaded."""
    names = OF_CKAN + (OF_ACTIVITY if p.plugin_loaded("activity") else ())
    return dict.fromkeys(names, for_accounts) | visibility.auth_functions()


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def for_accounts(
    original: AuthFunction, context: dict[str, Any], data_dict: dict[str, Any]
) -> dict[str, Any]:
    """Asks for an account first, then for what CKAN asks.

    CKAN's own decorator against anonymous access is of no use here: a visitor's context holds an object too.
    """
    if not context.get("user"):
        return {"success": False, "msg": _("This is shown to registered users only.")}
    return original(context, data_dict)
