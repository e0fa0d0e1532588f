"""The command `herne-stack`. Exit codes: 0 done, 1 an error with its remedy, 2 wrong usage, 3 not running."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from herne_stack import background, logfiles, status
from herne_stack.errors import StackError, from_os_error
from herne_stack.home import Home, default_home
from herne_stack.keys import secret
from herne_stack.reporting import for_this_output
from herne_stack.supervisor import Options, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

    from herne_stack.reporting import Reporter

NOT_RUNNING = 3

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder that holds everything the stack keeps [default: $HERNE_HOME, else ./.herne].",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ckanext-herne")
def cli() -> None:
    """The whole portal on this machine: PostgreSQL, Valkey, Solr, CKAN, workers. Loopback only."""


@cli.command()
@home_option
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the portal [default: as before, else 5000]."
)
@click.option(
    "--demo/--no-demo",
    default=None,
    help="Serve and harvest invented, labelled sources [default: as before in this home, else --no-demo].",
)
@click.option("--detach", is_flag=True, help="Return when the portal is ready; it goes on in the background.")
@click.option("--report", type=int, hidden=True, help="File descriptor that gets the events.")
def up(home: Path | None, port: int | None, demo: bool | None, detach: bool, report: int | None) -> None:
    """Start the portal and stay until Ctrl-C, or go on in the background with --detach.

    A second start of the same home keeps its data. HERNE_SITE_URL sets the public address when a
    web server with TLS stands in front; HERNE_WEB_WORKERS and HERNE_WEB_THREADS size CKAN's web server;
    HERNE_MAVEN_REPOSITORY names a mirror for Solr's jars.
    """
    path = (home or default_home()).absolute()
    options = Options(port=port, demo=demo, site_url=os.environ.get("HERNE_SITE_URL"))
    if detach:
        background.start(path, options, for_this_output())
        _greet(Home(path))
        return
    reporter = for_this_output() if report is None else background.reporter(report)
    supervisor = Supervisor(path, options, reporter)
    try:
        supervisor.run(on_ready=lambda: _on_ready(Home(path), reporter, report))
    except StackError as error:
        reporter.fail(error)
        raise
    finally:
        reporter.close()


def _on_ready(home: Home, reporter: Reporter, report: int | None) -> None:
    reporter.ready()
    if report is None:
        _greet(home)
        click.echo("Ctrl-C stops everything.")


def _greet(home: Home) -> None:
    """Where the portal is and who may enter."""
    site = status.describe(home)["site"]
    click.echo(f"\n  Portal    {site['url']}")
    click.echo(f"  Login     {site['url']}/user/login   {status.ADMIN} / {secret(home, 'admin-password')}")
    click.echo(f"  Home      {home.path}")
    click.echo(f"  Memory    {status.memory(home) >> 20} MB\n")


@cli.command()
@home_option
def down(home: Path | None) -> None:
    """Stop the portal, also what a killed supervisor left behind."""
    place = _existing(home)
    stopped = background.stop(place)
    click.echo("Stopped." if stopped else "Nothing was running.")


@cli.command(name="status")
@home_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show_status(home: Path | None, as_json: bool) -> None:
    """Say what runs. Exit code 0 when the portal is ready, 3 when it is not."""
    place = Home(home or default_home())
    found = status.describe(place)
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        _print_status(place, found)
    if not found["ready"]:
        sys.exit(NOT_RUNNING)


def _print_status(home: Home, found: dict[str, Any]) -> None:
    for name, service in found["services"].items():
        pid = service["pid"] or "-"
        click.echo(f"{name:10} {service['state']:10} {pid!s:>8}  {service['url'] or ''}")
    if found["ready"]:
        click.echo(f"\n{found['site']['url']} is ready, {status.memory(home) >> 20} MB resident")
    else:
        click.echo(f"The portal of {home.path} is not running.")


@cli.command()
@home_option
@click.option("--lines", default=40, show_default=True, help="How many of the last lines.")
@click.option("--follow", "-f", is_flag=True, help="Go on as the files grow.")
@click.argument("service", required=False)
def logs(home: Path | None, lines: int, follow: bool, service: str | None) -> None:
    """Show the last lines of one service's log, or of all."""
    place = _existing(home)
    known = sorted(place.logs.glob("*.log"))
    wanted = [path for path in known if service in (None, path.stem)]
    if not wanted:
        names = ", ".join(path.stem for path in known) or "none yet"
        raise click.UsageError(f"There is no log of {service}. There are: {names}")
    if follow:
        os.execvp("tail", ["tail", f"--lines={lines}", "-F", *map(str, wanted)])  # noqa: S606, S607
    for path in wanted:
        if len(wanted) > 1:
            click.echo(f"==> {path.stem} <==")
        click.echo(logfiles.tail(path, lines))


@cli.command()
@home_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(home: Path | None, yes: bool) -> None:
    """Stop the portal and delete everything in its home: data, secrets, logs."""
    place = _existing(home)
    if not yes:
        click.confirm(f"Delete all data in {place.path}?", abort=True)
    background.stop(place)
    background.erase(place)
    click.echo(f"Deleted {place.path}.")


@cli.command(name="exec", context_settings={"ignore_unknown_options": True})
@home_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def execute(home: Path | None, command: tuple[str, ...]) -> None:
    """Run a command with the portal's configuration, e.g. `exec -- ckan user list`.

    The programs of the virtual environment and of PostgreSQL (psql, pg_dump) are found first; psql and
    pg_dump reach the running database `ckan` as its superuser.
    """
    place = _existing(home)
    if not place.is_locked():
        click.echo("The portal is not running; commands that need its servers will fail.", err=True)
    background.replace_by(place, command)


@cli.command()
@click.option("--target", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder.")
def render(target: Path) -> None:
    """Write ckan.ini (0600) and the Solr core from HERNE_* variables, as the containers do.

    A secret X may stand in a file that X_FILE names. The variables are those of
    herne_stack.configuration.Settings.from_environment.
    """
    from herne_stack.configuration import Settings, write_ini, write_solr_core

    settings = Settings.from_environment(os.environ)
    target.mkdir(parents=True, exist_ok=True)
    write_ini(settings, target / "ckan.ini")
    write_solr_core(target / "solr")
    click.echo(f"Wrote {target / 'ckan.ini'} and {target / 'solr'}")


def _existing(path: Path | None) -> Home:
    home = Home(path or default_home())
    home.check()
    return home


def _guarded(run: Callable[[], None], place: Path) -> int:
    """Run; an error that the operator can solve becomes text and exit code 1."""
    try:
        run()
    except StackError as error:
        click.secho(f"herne-stack: {error}", fg="red", err=True)
        return 1
    except OSError as error:
        known = from_os_error(error, place)
        if known is None:
            raise
        click.secho(f"herne-stack: {known}", fg="red", err=True)
        return 1
    return 0


def main() -> None:
    """Entry point."""
    sys.exit(_guarded(cli, default_home()))
