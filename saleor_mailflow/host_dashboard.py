"""Our App in the Saleor we live inside: the row by which its Dashboard shows our screens, what hangs on it, and badges.

Refuses to work in a shopper's request (callers are the settings page, the tick and the command line), to bring back an
App that a merchant took away, and to compare versions: what a Saleor's tables can hold is asked of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from saleor_mailflow.exceptions import ConfigurationError
from saleor_mailflow.host import PLUGIN_ID, inside_saleor, public_url, writer

#: Another name than the plugin's: both stand in the Dashboard's list of what is installed.
NAME = "Mail flows"
#: Served while the plugin is switched off as well, so that what happened can be looked at.
APP_PATH = f"/plugins/{PLUGIN_ID}/app"
#: What the extensions ask of whoever sees them. Our API decides by the person's own permissions.
PERMISSIONS = ("MANAGE_ORDERS", "MANAGE_USERS")
#: Any number that nothing else in the database locks on: "mailapp" as bytes.
_LOCK = 0x6D61696C617070
_ABOUT = (
    "Lifecycle email from inside this shop: carts that were left, thanks, reviews, win-backs. It came with the plugin "
    "Mailflow and is a page of this shop's own server; nothing goes anywhere else."
)


@dataclass(frozen=True, kw_only=True)
class Extension:
    """A place in the Dashboard: ``settings`` as the Dashboard reads them, ``permissions`` that it asks for."""

    identifier: str
    label: str
    mount: str
    target: str
    path: str
    permissions: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)


# Opened by GET: to a frame opened by POST the Dashboard never says whether it is light or dark.
_GET = {"widgetTarget": {"method": "GET"}}
EXTENSIONS = (
    # Below Customers: flows are about people over months, and only some of them about an order.
    Extension(identifier="flows", label="Mail flows", mount="navigation_customers", target="app_page", path="/"),
    Extension(
        identifier="order",
        label="Mails to this buyer",
        mount="order_details_widgets",
        target="widget",
        path="/widgets/order",
        permissions=("MANAGE_ORDERS",),
        settings=_GET,
    ),
    Extension(
        identifier="customer",
        label="Mails to this customer",
        mount="customer_details_widgets",
        target="widget",
        path="/widgets/customer",
        permissions=("MANAGE_USERS",),
        settings=_GET,
    ),
    Extension(
        identifier="home",
        label="Mail flows today",
        mount="homepage_widgets",
        target="widget",
        path="/widgets/home",
        settings={"homeWidgetTarget": {"method": "GET", "fullscreen": False}},
    ),
)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What a look at our App came to: a sentence, its address, and the places it has in the Dashboard."""

    said: str
    changed: bool = False
    address: str = ""
    places: tuple[str, ...] = ()


def app_address() -> str:
    """Return where the screens are, "" outside Saleor. It follows the shop's public address."""
    return f"{public_url()}{APP_PATH}" if inside_saleor() else ""


def sync_app(*, repair: bool = False) -> Installed:
    """Make our App and its places in the Dashboard what they should be, at the shop's address as it is now.

    Where nothing is amiss nothing is written: a handful of reads. An App that a merchant removed or deactivated stays
    so, unless ``repair``. Any number of processes may ask at once. Raises ConfigurationError outside Saleor, and where
    the public address is too long for Saleor's columns.
    """
    if not inside_saleor():
        raise ConfigurationError("This is no Saleor; the Dashboard shows an App only where one is.", key="dashboard")
    with writer(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        return _synced(repair=repair)


def show_problems(wanted: Mapping[str, tuple[str, bool]], now: datetime) -> int:
    """Show these problems as badges at our App, {key: (sentence, critical)}; what is over goes. Return changes made.

    A badge that staff dismissed stays dismissed until that problem was over once. Nothing where this Saleor knows no
    badges, or has no App of ours.
    """
    Problem = _model("app.AppProblem")
    if Problem is None:
        return 0
    with writer(), transaction.atomic():
        app = _own_app()
        if app is None:
            return 0
        shown = {row.key: row for row in _rows(Problem).filter(app=app, key__startswith=_KEY).order_by("pk")}
        keys = {f"{_KEY}{key}"[:128]: told for key, told in wanted.items()}
        over = [row.pk for key, row in shown.items() if key not in keys]
        changes = len(over)
        _rows(Problem).filter(pk__in=over).delete()
        for key, (sentence, critical) in keys.items():
            row = shown.get(key)
            message = sentence[:2048]
            if row is None:
                _rows(Problem).create(app=app, key=key, message=message, is_critical=critical)
            elif (row.message, row.is_critical) != (message, critical):
                _rows(Problem).filter(pk=row.pk).update(message=message, is_critical=critical, updated_at=now)
            else:
                continue
            changes += 1
        return changes


#: Before the key of every badge of ours.
_KEY = "mailflow:"


def _synced(*, repair: bool) -> Installed:
    address = app_address()
    App = _model("app.App")
    if App is None:
        raise ConfigurationError("This Saleor has no apps; its Dashboard cannot show ours.", key="dashboard")
    places = [one for one in EXTENSIONS if _has_place(one)]
    # Cut by Saleor's columns they would lead to nowhere.
    longest = min(_length("app.App", "app_url"), _length("app.AppExtension", "url"))
    if max(len(address + one.path) for one in places) > longest:
        text = f"PUBLIC_URL is too long: our address {address} does not fit into Saleor's {longest} characters."
        raise ConfigurationError(text, key="PUBLIC_URL")
    app = _rows(App).filter(identifier=PLUGIN_ID).order_by("-is_active", "removed_at", "pk").first()
    if app is not None and not repair and (app.removed_at is not None or not app.is_active):
        text = "Our App was taken away or deactivated in the Dashboard. To have it back: mailflow dashboard sync."
        return Installed(said=text, address=address)
    changed = app is None
    if app is None:
        app = App(identifier=PLUGIN_ID, type="thirdparty", name=NAME)
    wanted = _wanted(address)
    if any(getattr(app, name) != value for name, value in wanted.items()):
        changed = True
        for name, value in wanted.items():
            setattr(app, name, value)
        app.save()
    changed |= _permit(app.permissions, PERMISSIONS)
    changed |= _place(app, places, address)
    said = (
        f"The Dashboard shows us at {address}." if changed else f"Nothing to do: the Dashboard shows us at {address}."
    )
    return Installed(said=said, changed=changed, address=address, places=tuple(one.mount for one in places))


def _wanted(address: str) -> dict[str, object]:
    return {
        "name": NAME,
        "type": "thirdparty",
        "app_url": address,
        "about_app": _ABOUT,
        "author": "saleor-mailflow",
        "version": version("saleor-mailflow"),
        "is_active": True,
        "is_installed": True,
        "removed_at": None,
    }


def _place(app: Any, places: Sequence[Extension], address: str) -> bool:
    """Make the App's extensions these; return whether anything was written."""
    Row = _model("app.AppExtension")
    assert Row is not None
    names = {one.name for one in Row._meta.get_fields()}
    kept = {row.mount: row for row in _rows(Row).filter(app=app).order_by("-pk")}
    gone = _rows(Row).filter(app=app).exclude(pk__in=[row.pk for row in kept.values() if row.mount in _mounts(places)])
    changed = bool(gone.delete()[0])
    for one in places:
        # Whole addresses: a relative one is put together in other ways by other Dashboards. A page must be relative.
        url = one.path if one.target == "app_page" else f"{address}{one.path}"
        values: dict[str, object] = {"label": one.label, "target": one.target, "url": url}
        if "settings" in names:
            values["settings"] = dict(one.settings)
        if "http_target_method" in names:
            values["http_target_method"] = "GET" if one.target == "widget" else None
        if "identifier" in names:
            values["identifier"] = one.identifier
        row = kept.get(one.mount) or Row(app=app, mount=one.mount)
        if row.pk is None or any(getattr(row, name) != value for name, value in values.items()):
            changed = True
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
        changed |= _permit(row.permissions, one.permissions)
    return changed


def _mounts(places: Sequence[Extension]) -> set[str]:
    return {one.mount for one in places}


def _has_place(one: Extension) -> bool:
    """Tell whether this Saleor knows the place: where its columns list what they may hold, whether it is listed."""
    return all(_allows(name, value) for name, value in (("mount", one.mount), ("target", one.target)))


def _allows(name: str, value: str) -> bool:
    Row = _model("app.AppExtension")
    choices = _field(Row, name).choices if Row is not None else ()
    return not choices or value in {key for key, _ in choices}


def _permit(held: Any, codes: Sequence[str]) -> bool:
    from saleor.permission.enums import get_permissions_from_names

    wanted = set(get_permissions_from_names(list(codes)).values_list("pk", flat=True)) if codes else set()
    if set(held.values_list("pk", flat=True)) == wanted:
        return False
    held.set(wanted)
    return True


def _own_app() -> Any:
    App = _model("app.App")
    rows = _rows(App).filter(identifier=PLUGIN_ID, is_active=True, removed_at=None) if App is not None else None
    return rows.order_by("pk").first() if rows is not None else None


def _model(label: str) -> Any:
    """Return one of Saleor's models, None where this Saleor has none of that name."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None


def _rows(model: Any) -> models.QuerySet[Any]:
    return models.QuerySet(model)


def _field(model: Any, name: str) -> Any:
    return model._meta.get_field(name)


def _length(label: str, name: str) -> int:
    model = _model(label)
    return int(_field(model, name).max_length or 2048) if model is not None else 2048
