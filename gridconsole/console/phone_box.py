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
from gridconsole.console.widgets.key_bar import Offer
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp
    from gridconsole.services.phones import Contact, Shown

_MOBILE = re.compile(r"(1\d{2})(\d{4})(\d{4})")


PHONES = Offer("f8", "F8", (t("key.desk.phones"),))
"""The key that shows phones, for the bottom line."""


def phone_lines() -> Static:
    """Return the lines for phones, empty and hidden at first; a screen may have several."""
    box = Static("", classes="phones", markup=False)
    box.display = False
    return box


class PhonesRead(Message):
    """The phones arrived, or why they did not."""

    def __init__(self, actor: Actor, about: str, shown: Shown | GridConsoleError) -> None:
        super().__init__()
        self.actor, self.about, self.shown = actor, about, shown


class PhoneBox:
    """The phones on one screen: asked for by a key, masked again after a minute or when another screen covers this one."""

    def __init__(self, screen: Screen[None], place: str = "case") -> None:
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
        """Read the phones around a case in a worker thread, which posts :class:`PhonesRead` to the screen."""
        place = self._place

        def read(actor: Actor) -> Shown:
            from gridconsole.services import phones  # not before the first rows

            return phones.show(self._app.office, actor, number, phones.Place(place), handlers)

        self.ask_by(number, read)

    def ask_by(self, about: str, read: Callable[[Actor], Shown]) -> None:
        """Read phones by a function.

        Args:
            about: what they are about: an answer that comes when something else is under the cursor is dropped.
        """
        actor = self._app.actor
        if actor is not None and not self._app.is_locked:
            job = partial(self._read, actor, about, read)
            self._screen.run_worker(job, thread=True, group="phones", exclusive=True, exit_on_error=False)

    def _read(self, actor: Actor, about: str, read: Callable[[Actor], Shown]) -> None:
        try:
            self._app.session.confirm()
            shown: Shown | GridConsoleError = read(actor)
        except GridConsoleError as error:
            shown = error
        self._screen.post_message(PhonesRead(actor, about, shown))

    def take(self, event: PhonesRead) -> None:
        """Show what arrived, and start the minute."""
        if event.actor != self._app.actor or self._app.is_locked or self._app.screen is not self._screen:
            return
        if isinstance(event.shown, GridConsoleError):
            self._app.say_error(event.shown)
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
    stands_in = t("roster.stands_in_for", name=contact.stands_in_for) if contact.stands_in_for else ""
    parts = [contact.name, contact.contact, contact.note, stands_in]
    duty = t("phones.always") if contact.is_always_there else ""
    number = _MOBILE.sub(r"\1 \2 \3", contact.phone) or t("phones.no_phone")
    name = line_of(" ".join(part for part in parts if part))
    return Content(f"  {who}  {name}  ") + Content.styled(line_of(number), "bold") + Content(f"  {duty}".rstrip())


class ShowsPhones:
    """Part of a screen about a case: the keys that show phones and copy them."""

    phones: PhoneBox

    @property
    def phones_of(self) -> QueueRow | None:
        """The case whose phones are asked for; None while there is none."""
        raise NotImplementedError

    @property
    def handlers_shown(self) -> Collection[Handler]:
        """Handlers whose phones are shown besides that of the present one."""
        return ()

    def action_phones(self) -> None:
        """Show whom to ring about the case."""
        if self.phones_of is not None:
            self.phones.ask(self.phones_of.number, self.handlers_shown)

    def on_phones_read(self, event: PhonesRead) -> None:
        """Show the phones, unless they are about another case by now."""
        if self.phones_of is not None and self.phones_of.number == event.about:
            self.phones.take(event)

    def on_screen_suspend(self) -> None:
        """Mask the phones when another screen covers this one: it may be the lock."""
        self.phones.clear()

    def action_copy(self) -> None:
        """Copy a phone that is shown, the number or the address of the case."""
        row = self.phones_of
        if row is not None:
            self.phones.copy([(t("column.number"), row.number), (t("column.address"), mask_text(row.address))])
