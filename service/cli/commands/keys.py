"""The commands for the keys that sign versions, and the one that verifies versions."""

from pathlib import Path

import click

from pipeline.errors import InvalidSettings, NotFound, RedrawError, VersionNotReady
from pipeline.ports import Ports
from service.cli.commands.parameters import FILE, connect_project


@click.group()
def keys() -> None:
    """Make the key that signs versions, show keys, and sign versions with it."""


@keys.command()
@click.option("--out", type=FILE, help="The new file; default: signing.key in the data folder.")
def new(out: Path | None) -> None:
    """Make a key pair; the private key goes into a file that its owner alone can read."""
    from pipeline.settings_reading import load_settings
    from pipeline.signing.keys import write_new_key

    path = out or load_settings().data_dir / "signing.key"
    public = write_new_key(path).public
    click.echo(f"private key: {path}; keep it secret, and keep a copy where it is safe")
    click.echo(f"public key:  {public.text}")
    click.echo(f"its id:      {public.id}")
    click.echo(f"for the workers, and for `redraw baseline`: REDRAW_SIGNING_KEY={path.absolute()}")
    click.echo(f"for the service: REDRAW_TRUSTED_KEYS={public.text}")
    click.echo("for the game: put the public key into its code; it must not ask the service for it")
    click.echo("for versions that are published already: redraw keys sign VERSION")


@keys.command()
def show() -> None:
    """Show the public keys of this process: the one that signs, and those that are trusted."""
    from pipeline.settings_reading import load_settings

    settings = load_settings()
    if not settings.trusted:
        click.echo("nothing is signed, and no signature is required: `redraw keys new` says how")
    for key in settings.trusted:
        signs = settings.signer is not None and key == settings.signer.public
        click.echo(f"{key.id}  {key.text}  {'signs' if signs else 'is trusted'}")


@keys.command()
@click.argument("versions", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that another trusted key has signed.")
def sign(versions: tuple[str, ...], every: bool) -> None:
    """Sign VERSIONS with the present key, after their files were read.

    With --all, those are signed that another trusted key has signed: so keys are changed. Others
    must be named, since a program that can write to Firestore and Storage can make a version too.
    """
    from pipeline.versions.signing import find_signer, list_ready, sign_version

    settings, ports = connect_project()
    if settings.signer is None:
        raise InvalidSettings(
            "REDRAW_SIGNING_KEY is not set, so there is no key to sign with: `redraw keys new` "
            "makes one"
        )
    if bool(versions) == every:
        raise click.UsageError("name the versions to sign, or give --all")
    chosen = list_ready(ports.models) if every else [ports.models.get(name) for name in versions]
    unsigned = []
    for version in chosen:
        if every and find_signer(version, ports.artefacts, ports.trusted) is None:
            unsigned.append(version.version)
            continue
        is_new = sign_version(version, ports.artefacts, settings.signer)
        done = "is signed now" if is_new else "was signed before"
        click.echo(f"{version.version} {done}, by {settings.signer.public.id}")
    if unsigned:
        raise VersionNotReady(
            f"no trusted key has signed {', '.join(unsigned)}: if you know that they are Redraw's, "
            f"name them, `redraw keys sign {' '.join(unsigned)}`"
        )


@click.command()
@click.argument("versions", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All ready versions.")
def verify(versions: tuple[str, ...], every: bool) -> None:
    """Read every file of VERSIONS from Storage, and say which is not what was published.

    Without VERSIONS: the released version, and the one on trial.
    """
    from pipeline.versions.signing import list_ready
    from pipeline.versions.verification import verify_version

    _, ports = connect_project()
    if every:
        chosen = list_ready(ports.models)
    else:
        chosen = [ports.models.get(name) for name in versions or _list_released(ports)]
    bad = 0
    for version in chosen:
        verdicts = verify_version(version, ports.artefacts, ports.trusted)
        for path, problem, note in verdicts:
            said = "; ".join(each for each in (problem, note) if each)
            line = f"{'BAD' if problem else 'ok '} {path}" + (f": {said}" if said else "")
            click.echo(line)
            bad += problem is not None
    if not ports.trusted:
        click.echo("no key is trusted here, so signatures were not checked: REDRAW_TRUSTED_KEYS")
    if bad:
        lines = "1 line is" if bad == 1 else f"{bad} lines are"
        raise RedrawError(
            f"{lines} BAD: restore these objects from a backup, or promote another version"
        )


def _list_released(ports: Ports) -> list[str]:
    """Return the released version, and the one on trial if there is one."""
    release = ports.models.release()
    if release is None:
        raise NotFound("nothing is released: name the versions to verify, or give --all")
    return [release.version, *([release.trial.version] if release.trial else [])]


COMMANDS = (keys, verify)
