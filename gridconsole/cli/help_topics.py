"""``gridconsole help TOPIC``: the work of an office with the program, page by page, with the commands for it."""

from __future__ import annotations

from typing import Annotated

import typer

from gridconsole.cli.options import command
from gridconsole.language import NAMES, t, text_in

TOPICS = (
    "start", "import", "cases", "report", "deadlines", "roster", "people", "handover", "calendar", "backup", "ledger", "privacy", "time", "settings",
)  # fmt: skip
"""Topics in the order in which a new office meets them. ``help.TOPIC`` is the page, ``help.TOPIC.title`` its title."""


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command(**command("help", "help_topics"))(help_)


def help_(
    topic: Annotated[str, typer.Argument(metavar=t("cli.meta.topic"), help=t("cli.help_topics.topic"), show_default=False)] = "",
) -> None:
    from gridconsole.domain.errors import UnknownWord

    if not topic:
        for name in TOPICS:
            print(f"  {name:<10} {t(f'help.{name}.title')}")
        print(f"\n{t('help.read')}")
        return
    found = _topic_of(topic)
    if found is None:
        raise UnknownWord(what="topic", word=topic, choices=list(TOPICS))
    print(f"{t(f'help.{found}.title')}\n\n{t(f'help.{found}')}")


def _topic_of(word: str) -> str | None:
    """Return the topic of a name, or of a word of its title in any language."""
    from gridconsole.language.vocabulary import plain

    wanted = plain(word)
    if wanted in TOPICS:
        return wanted
    titles = {name: " ".join(plain(text_in(language, f"help.{name}.title")) for language in NAMES) for name in TOPICS}
    return next((name for name, title in titles.items() if wanted in title), None)
