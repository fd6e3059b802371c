"""Pages of help: every command they name exists, with every option they name, in both languages."""

from __future__ import annotations

import re
import shlex

import click
import pytest
from catalogues import texts
from office_cli import CommandLine

from gridconsole.cli.app import build
from gridconsole.cli.help_topics import TOPICS

COMMAND = re.compile(r"^gridconsole (.+)$", re.MULTILINE)


def commands(language: str) -> list[tuple[str, list[str]]]:
    """Every command line on a page of its own line, with its page."""
    return [(topic, shlex.split(line)) for topic in TOPICS for line in COMMAND.findall(texts(language)[f"help.{topic}"][0])]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_command_and_option_on_a_page_exists(language: str) -> None:
    root = build()
    wrong = []
    lines = commands(language)
    assert len(lines) > 45
    for topic, words in lines:
        found, context = root, click.Context(root)
        rest = list(words)
        while isinstance(found, click.Group) and rest and not rest[0].startswith("-"):
            inner = found.get_command(context, rest[0])
            if inner is None:
                break
            found, rest = inner, rest[1:]
        known = {option for parameter in found.params for option in parameter.opts}
        if found is root or (isinstance(found, click.Group) and rest and not rest[0].startswith("-")):
            wrong.append((topic, words))
        wrong += [(topic, word) for word in rest if word.startswith("--") and word not in known]
    assert wrong == []


def test_pages_are_found_by_a_word_of_either_language(small_office: CommandLine) -> None:
    listed = small_office.bare("help")
    assert all(topic in listed.out for topic in TOPICS)
    for word in ("backup", "备份", "Backup"):
        answer = small_office.bare("help", word)
        assert (answer.status, "restore --check" in answer.out) == (0, True)
    refused = small_office.bare("help", "没有这一页")
    assert (refused.status, "U001" in refused.err, "backup" in refused.err) == (2, True, True)
