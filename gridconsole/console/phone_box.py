"""Phones around a case, shown for a minute on any screen about it; copies a phone, the number or the address."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from gridconsole.console.text import line_of
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.parties import Handler
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp
    from gridconsole.services.phones import Contact, Shown

_MOBILE = re.compile(r"(1\d{2})(\d{4})(\d{4})")


class PhonesRead(Message):
    """The phones around a case arrived, or why they did not."""

    def __init__(self, number: str, shown: Shown | GridConsoleError) -> None:
        super().__init__()
        self.number, self.shown = number, shown


class PhoneBox:
    """The phones on one screen: asked for by a key, masked again after a minute or when another screen covers this one."""

    def __init__(self, screen: Screen[None], place: str) -> None:
        """Args:
        place: name of a :class:`gridconsole.services.phones.Place`.
        """
        self._screen, self._place = screen, place
        self._shown: Shown | None = None
        self._left = 0
        self._timer: Timer | None = None
        self._copied = -1

    @property
    def _app(self) -> OfficeApp:
        return cast("OfficeApp", self._screen.app)

    def ask(self, number: str, handlers: Collection[Handler] = ()) -> None:
        """Read the phones in a worker thread, which posts :class:`PhonesRead` to the screen."""
        actor = self._app.actor
        if actor is None or self._app.is_locked:
            return
        job: Callable[[], None] = partial(self._read, number, tuple(handlers))
        self._screen.run_worker(job, thread=True, group="phones", exclusive=True, exit_on_error=False)

    def _read(self, number: str, handlers: tuple[Handler, ...]) -> None:
        from gridconsole.services import phones  # not before the first rows

        actor = self._app.actor
        if actor is None:
            return
        try:
            self._app.session.confirm()
            shown: Shown | GridConsoleError = phones.show(self._app.office, actor, number, phones.Place(self._place), handlers)
        except GridConsoleError as error:
            shown = error
        self._screen.post_message(PhonesRead(number, shown))

    def take(self, event: PhonesRead) -> None:
        """Show what arrived, and start the minute."""
        if isinstance(event.shown, GridConsoleError):
            self._app.say_error(event.shown)
            return
        if self._app.is_locked or self._app.screen is not self._screen:
            return
        self._shown, self._left, self._copied = event.shown, event.shown.seconds, -1
        self._draw()
        if self._timer is None and self._left:
            self._timer = self._screen.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.clear()
        else:
            self._draw()

    def clear(self) -> None:
        """Mask the phones again."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._shown is not None:
            self._shown = None
            self._draw()

    def _draw(self) -> None:
        content = self.content
        for box in self._screen.query(".phones").results(Static):
            box.update(content)
            box.display = self._shown is not None

    @property
    def content(self) -> Content:
        """The phones as lines."""
        if self._shown is None:
            return Content("")
        if not self._shown.contacts:
            return Content(t("phones.none"))
        head = t("phones.shown", seconds=self._left) if self._shown.seconds else t("phones.masked")
        lines = [
            Content.styled(t("phones.title"), "bold $key")
            + Content(f"  {head}  ")
            + Content.styled("y", "bold $key")
            + Content(f" {t('phones.copy')}")
        ]
        return Content("\n").join([*lines, *map(_line, self._shown.contacts)])

    def copy(self, others: Sequence[tuple[str, str]]) -> None:
        """Copy the first of the phones, the number and the address; each further time the next one.

        Args:
            others: what else can be copied, each with its name.
        """
        contacts = self._shown.contacts if self._shown is not None and self._shown.seconds else ()
        found = [(one.name, one.phone) for one in contacts if one.phone] + [(name, text) for name, text in others if text]
        if not found:
            return
        self._copied = (self._copied + 1) % len(found)
        name, text = found[self._copied]
        self._app.copy_to_clipboard(text)
        self._app.say(t("phones.copied", name=line_of(name), text=line_of(text)))


def _line(contact: Contact) -> Content:
    who = t(f"phones.whose.{contact.whose.value}")
    parts = [contact.name, contact.contact, contact.note]
    duty = t("phones.always") if contact.is_always_there else ""
    number = _MOBILE.sub(r"\1 \2 \3", contact.phone) or t("phones.no_phone")
    name = line_of(" ".join(part for part in parts if part))
    return Content(f"  {who}  {name}  ") + Content.styled(line_of(number), "bold") + Content(f"  {duty}".rstrip())
