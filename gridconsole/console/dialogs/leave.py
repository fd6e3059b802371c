"""Ask before a form with text, or the console, is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from textual.content import Content

from gridconsole.console.draft_lines import length_of, time_of, title_of
from gridconsole.console.text import fit, safe
from gridconsole.console.widgets.choices import Option
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.services.drafts import Draft
    from gridconsole.services.office import Office

BACK = "back"
FOLD_KEEP, FOLD_THROW = "keep", "throw"
QUIT, HAND_OVER, LOCK, TO_DESK = "quit", "hand_over", "lock", "to_desk"
SHOWN = 6
"""Lines for texts that were not sent; small terminals have room for so many."""
_TITLE_CELLS, _LENGTH_CELLS = 18, 18


class TypedForm(Protocol):
    """A form with text in it."""

    @property
    def draft_kind(self) -> str: ...
    @property
    def draft_case(self) -> str: ...
    @property
    def typed(self) -> Mapping[str, str]: ...


Question = tuple[str, Sequence[Content], Sequence[Option], Option]


def fold_question(form: TypedForm, *, can_keep: bool) -> Question:
    """Return the question on Esc in a form with text: go on, keep a draft, or discard it. A second Esc keeps it."""
    title = title_of(form.draft_kind, form.draft_case)
    length = length_of("".join(form.typed.values()))
    back = Option(BACK, t("console.fold.back"), t("console.fold.back.help"))
    keep = Option(FOLD_KEEP, t("console.fold.keep"), t("console.fold.keep.help"))
    throw = Option(FOLD_THROW, t("console.fold.throw"), t("console.fold.throw.help"))
    lines = (Content.styled(t("console.fold.what", title=title, length=length), "bold"),)
    if not can_keep:
        return t("console.fold"), lines, (back, throw), back
    return t("console.fold"), lines, (back, keep, throw), keep


def leave_question(
    forms: Sequence[TypedForm],
    kept: Sequence[Draft],
    office: Office,
    *,
    can_keep: bool,
    can_lock: bool,
    can_hand_over: bool,
    ends_login: bool,
) -> Question:
    """Return the question on F10 with texts that were not sent: what is kept, and where to go.

    Args:
        forms: forms that are open, with text in them.
        kept: drafts of forms that were closed.
    """
    count = len(forms) + len(kept)
    lines = [
        Content.assemble((t("console.leave.count", count=count), "bold"), "   ",
                         (t("console.leave.kept" if can_keep else "console.leave.lost"), "$foreground 75%")),
        Content(""),
    ]  # fmt: skip
    lines += [
        _line(title_of(form.draft_kind, form.draft_case), "".join(form.typed.values()), t("console.leave.open")) for form in forms
    ]
    room = max(SHOWN - len(forms), 0)
    lines += [_line(title_of(draft.kind, draft.case), draft.text, time_of(draft, office)) for draft in kept[:room]]
    if kept[room:]:
        lines.append(safe(f"  {t('console.leave.more', count=len(kept[room:]))}"))
    options = [
        Option(BACK, t("console.leave.back"), t("console.leave.back.help", title=_first(forms, kept))),
        Option(
            QUIT,
            t("console.leave.quit" if can_keep else "console.leave.quit_lost"),
            t("console.leave.quit.help") if ends_login else "",
        ),
    ]
    if can_hand_over:
        options.append(Option(HAND_OVER, t("console.leave.hand_over"), t("console.leave.hand_over.help")))
    if can_lock:
        options.append(Option(LOCK, t("console.leave.lock"), t("console.leave.lock.help")))
    escape = Option(TO_DESK if can_keep else BACK, t("console.leave.to_desk" if can_keep else "console.leave.back"))
    return t("console.leave"), lines, options, escape


def _first(forms: Sequence[TypedForm], kept: Sequence[Draft]) -> str:
    if forms:
        return title_of(forms[0].draft_kind, forms[0].draft_case)
    return title_of(kept[0].kind, kept[0].case)


def _line(title: str, text: str, when: str) -> Content:
    shown = f"  {fit(title, _TITLE_CELLS)}{fit(length_of(text), _LENGTH_CELLS)}{when}"
    return safe(shown)
