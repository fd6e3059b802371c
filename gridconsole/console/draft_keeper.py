"""Drafts of this console: their owner, and the drafts that are open here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from gridconsole.services import drafts
from gridconsole.services.drafts import Draft

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor


class DraftHost(Protocol):
    """The part of the application that drafts use."""

    @property
    def actor(self) -> Actor | None:
        """The operator signed in; None while there is none."""

    @property
    def open_drafts(self) -> set[str]:
        """Drafts of the forms that are open."""


class DraftKeeper:
    """Saves and finds the drafts of the operator signed in, in this office only."""

    def __init__(self, app: DraftHost, office: str) -> None:
        self._app = app
        self._office = office
        self._session = drafts.DraftSession()

    def draft(
        self, *, id: str, kind: str, case: str, version: int, saved_at: datetime, request_id: str, fields: Mapping[str, str],
        texts: tuple[str, ...],
    ) -> Draft:  # fmt: skip
        """Return the contents of a form as a draft of the operator signed in."""
        actor = self._app.actor
        assert actor is not None  # noqa: S101  no form opens before an operator is signed in
        return Draft(
            id=id,
            office=self._office,
            operator=actor.id,
            operator_name=actor.name,
            kind=kind,
            case=case,
            version=version,
            saved_at=saved_at,
            request_id=request_id,
            session=self._session.id,
            fields=fields,
            texts=texts,
        )

    def save(self, draft: Draft) -> None:
        """Save a draft.

        Raises:
            DraftsUnavailable: it cannot be saved.
        """
        self._session.begin()
        drafts.save(draft)

    def remove(self, draft: str) -> None:
        """Remove a draft; may be called from a worker thread."""
        drafts.remove(draft)

    def left_behind(self) -> tuple[Draft, ...]:
        """Return drafts of the operator signed in that are open nowhere, newest first."""
        actor = self._app.actor
        if actor is None:
            return ()
        is_open = self._app.open_drafts
        found = drafts.left_behind(self._office, actor.id, self._session.id)
        return tuple(draft for draft in found if draft.id not in is_open)

    def kept(self) -> tuple[Draft, ...]:
        """Return every draft of the operator signed in, those of open forms too, newest first."""
        actor = self._app.actor
        return tuple(one for one in drafts.of_office(self._office) if actor is not None and one.operator == actor.id)

    def of_this_session(self) -> tuple[Draft, ...]:
        """Return the drafts left behind that were typed here since the console was opened."""
        return tuple(draft for draft in self.left_behind() if draft.session == self._session.id)

    def of_earlier_sessions(self) -> tuple[Draft, ...]:
        """Return the drafts left behind that were typed before, or at another terminal."""
        return tuple(draft for draft in self.left_behind() if draft.session != self._session.id)

    def left_of(self, kind: str, case: str) -> Draft | None:
        """Return the newest draft of a form that was left; None if there is none."""
        return next((draft for draft in self.left_behind() if (draft.kind, draft.case) == (kind, case)), None)

    def close(self) -> None:
        """End this console's session: its drafts may be offered from now on."""
        self._session.end()
