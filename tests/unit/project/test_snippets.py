"""The blocks of the pages: commands that exist, with options that they have; code that parses."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator

import click
import pytest
import yaml

from service.cli.main import commands
from tests.unit.project._pages import PAGES, ROOT, SHELL, Block, list_blocks, name_page, read_prose

NOT_HERE = re.compile(
    r"^(?:sudo )?(?:gcloud|gsutil|docker|firebase \w+ |flutter|adb|gradle|\./gradlew|helm|gh) "
    r"|^curl .*\.example\b"
)
"""Programs that the development machine does not have, and hosts that do not exist."""
CALL = re.compile(r"^(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?redraw(?: (?P<arguments>.*))?$")
PLACEHOLDER = re.compile(r"[<>|]|\.\.\.|\[")
GOOGLE = {"GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"}

BLOCKS = list_blocks()


def list_commands(block: Block) -> Iterator[str]:
    """The lines of commands of a block, without comments, joined where a line ends in `\\`."""
    joined = re.sub(r"\\\n\s*", "", block.text)
    for line in joined.splitlines():
        command = re.sub(r"\s+#.*|^#.*", "", line.strip().removeprefix("$ "))
        yield from (part.strip() for part in re.split(r"&&|;| \| | > ", command) if part.strip())


def list_calls() -> list[tuple[str, str]]:
    """Where pages call `redraw`, and with what: in blocks, and in code within the text."""
    blocks = [
        (str(block), line)
        for block in BLOCKS
        if block.language in SHELL
        for line in list_commands(block)
    ]
    texts = [
        (name_page(page), code)
        for page in PAGES
        for code in re.findall(r"`([^`\n]+)`", read_prose(page))
        if not PLACEHOLDER.search(code)
    ]
    found = [(where, CALL.match(line)) for where, line in blocks + texts]
    return [(where, call["arguments"] or "") for where, call in found if call]


def find_fault(arguments: str) -> str:
    """What is wrong with a call of `redraw`, or "".

    Only names are looked at, so a call in a text may leave out what a command has to be given.
    """
    left = shlex.split(arguments)
    command: click.Command = commands
    while isinstance(command, click.Group) and left and not left[0].startswith("-"):
        name = left.pop(0)
        if name not in command.commands:
            # A group that does something by itself may take arguments.
            return "" if command.params and name.isupper() else f"no command {name}"
        command = command.commands[name]
    context = click.Context(command)
    known = {
        option
        for param in command.get_params(context)
        for option in [*param.opts, *param.secondary_opts]
    }
    options = [part.partition("=")[0] for part in left if part.startswith("-")]
    return ", ".join(f"no option {option}" for option in options if option not in known)


def test_commands_of_redraw_exist_with_the_options_that_pages_name() -> None:
    calls = list_calls()
    assert len(calls) > 50
    assert [f"{where}: {call}" for where, call in calls if find_fault(call)] == []


@pytest.mark.parametrize(
    "call", ["retrian", "runs --weekly", "models shwo v1.0.1", "keys old", "promote v1.0.1 --hard"]
)
def test_a_misspelt_call_is_found(call: str) -> None:
    assert find_fault(call)


def test_make_is_asked_for_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {
        target
        for block in BLOCKS
        if block.language in SHELL
        for line in list_commands(block)
        if line.startswith("make ")
        for target in line.split()[1:]
        if "=" not in target
    }
    assert asked <= targets


def test_commands_that_cannot_be_run_here_say_so() -> None:
    # docs/decisions/0050-docs-site.md: a block without a mark is claimed to have been run.
    unmarked = [
        str(block)
        for block in BLOCKS
        if block.language in SHELL and not block.mark
        for line in list_commands(block)
        if NOT_HERE.match(line)
    ]
    assert unmarked == []


def test_a_mark_stands_above_a_block_of_commands() -> None:
    marks = sum(
        len(re.findall(r"^ *<!-- not run: ", page.read_text(), re.MULTILINE)) for page in PAGES
    )
    assert marks == sum(bool(block.mark) and block.language in SHELL for block in BLOCKS)


PARSERS = {
    "json": json.loads,
    "python": lambda text: compile(text, "page", "exec"),
    "py": lambda text: compile(text, "page", "exec"),
    "yaml": lambda text: list(yaml.safe_load_all(text)),
    "yml": lambda text: list(yaml.safe_load_all(text)),
    "toml": tomllib.loads,
}


def test_code_of_the_pages_parses() -> None:
    faults = []
    for block in BLOCKS:
        try:
            PARSERS.get(block.language, str)(block.text)
        except (ValueError, SyntaxError, yaml.YAMLError) as fault:
            faults.append(f"{block}: {fault}")
    assert faults == []


def test_shell_blocks_parse() -> None:
    for block in BLOCKS:
        if block.language in {"sh", "bash", "shell"}:
            read = subprocess.run(
                ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False
            )
            assert read.returncode == 0, f"{block}: {read.stderr}"


@pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed")
def test_javascript_of_the_pages_parses() -> None:
    blocks = [block for block in BLOCKS if block.language in {"js", "javascript"}]
    # Asked at once, as Node takes its time to start: each block is compiled, none is run.
    texts = json.dumps({str(block): block.text for block in blocks})
    program = (
        "const vm = require('node:vm');"
        f"for (const [where, text] of Object.entries({texts}))"
        "try { new vm.SourceTextModule(text); }"
        "catch (fault) { console.log(where, fault.message); }"
    )
    read = subprocess.run(
        ["node", "--experimental-vm-modules", "--no-warnings", "-"],
        input=program,
        capture_output=True,
        text=True,
        check=True,
    )
    assert read.stdout == ""
    assert blocks


def test_settings_in_blocks_exist() -> None:
    from pipeline.settings_reading import list_settings

    known = {name for name, _ in list_settings()} | GOOGLE
    named = {
        name for block in BLOCKS for name in re.findall(r"\bREDRAW_[A-Z_]*[A-Z]\b", block.text)
    }
    assert named <= known
