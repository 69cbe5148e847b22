"""The commands that say who is an owner: they grant the claim, take it back, and list it."""

import click

from pipeline.formatting import escape_unprintable
from service.callers.accounts import Accounts, Admin
from service.callers.claims import ADMIN_CLAIM_TEXT


@click.group()
def admins() -> None:
    """List the accounts that are owners, and make others owners or players."""


@admins.command("list")
def list_admins() -> None:
    """List the accounts with the claim; all accounts of the project are looked at."""
    found = False
    for admin in _open_accounts().list_admins():
        found = True
        remarks = ["disabled"] if admin.disabled else []
        if not admin.effective:
            remarks.append("no owner: the claim is not true")
        shown = "  ".join((admin.uid, admin.email or "no e-mail address", *remarks))
        click.echo(escape_unprintable(shown))
    if not found:
        click.echo(f"no account has the claim {ADMIN_CLAIM_TEXT}")


@admins.command()
@click.argument("account")
def grant(account: str) -> None:
    """Make ACCOUNT an owner, by its e-mail address or its uid."""
    admin, new = _open_accounts().grant(account)
    if not new:
        click.echo(f"{_name(admin)} is an owner already")
        return
    click.echo(f"{_name(admin)} is an owner, from the next time it signs in, or within an hour")
    if admin.disabled:
        click.echo("the account is disabled: until that ends it cannot sign in")


@admins.command()
@click.argument("account")
def revoke(account: str) -> None:
    """Make ACCOUNT a player again, and end its sessions."""
    admin, had = _open_accounts().revoke(account)
    was = "is no owner any more" if had else "was no owner"
    click.echo(
        f"{_name(admin)} {was}, and has to sign in again. "
        "What it is signed in with now changes nothing after a minute, and reads nothing after"
        " a few."
    )


def _name(admin: Admin) -> str:
    return escape_unprintable(admin.uid)


def _open_accounts() -> Accounts:
    from pipeline.settings_reading import load_settings

    return Accounts(load_settings())


COMMANDS = (admins,)
