"""Search for the header of a sheet, and with it for the kind of its rows; if there is none, say what the sheet looks like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from gridconsole.domain.errors import (
    GridConsoleError,
    HeaderLacking,
    HeaderMissing,
    HeaderMisspelt,
    KindOther,
    KindUnclear,
    LabelTwice,
    UnknownWord,
)
from gridconsole.domain.text import clean_line, mask_name, mask_text
from gridconsole.importing import sources
from gridconsole.importing.forms import MOST_ROWS, begins_with_form, form_of
from gridconsole.importing.kinds import KINDS
from gridconsole.importing.options import AUTO, Options
from gridconsole.importing.plan import Plan
from gridconsole.importing.rows import (
    HEADER_ROWS,
    Column,
    Likeness,
    SheetHeader,
    find_header,
    missing_likenesses,
    named,
    normal,
    top_of,
)
from gridconsole.language import NAMES, keys_of, listed, t, text_in

if TYPE_CHECKING:
    from pathlib import Path

    from gridconsole.services.office import Office
    from gridconsole.store.profiles import Profile

HITS_APART = 4
"""Difference in matched columns up to which two kinds fit about equally well. The keys in the first rows then decide."""
_FORMS = "incidents"
"""The kind whose records come as forms."""
_LIKE = 3
"""Least headings of a kind in a row that looks like its header but lacks required ones."""
_MOST_LACKING = 2
Top = list[tuple[int, list[sources.Cell]]]


@dataclass(frozen=True, slots=True)
class Found:
    """A sheet with its first rows, taken off its iterator, and its header."""

    sheet: sources.Sheet
    top: Top
    header: SheetHeader


@dataclass(frozen=True, slots=True)
class _Lacking:
    """A row that looks like the header of a kind."""

    kind: str
    hits: int
    missing: tuple[str, ...]


class HeaderSearch:
    """Finds the headers of a file's sheets.

    Args:
        kind: the kind of all sheets; ``auto``: that of the first sheet that has a header.
    """

    def __init__(self, file: str, kind: str, options: Options, profiles: Sequence[Profile]) -> None:
        self._file, self._options, self._profiles = file, options, profiles
        self.kind = kind
        self.profile = ""
        """Name of the profile that was used."""
        self.other = ""
        """Kind of the last sheet without a header, if it has one of another kind."""
        self.is_filled = False
        """True if the last sheet without a header has any cells."""
        self._beginning: list[str] = []
        self._likely: list[str] = []
        self._lacking: list[_Lacking] = []
        self._other = ""

    def find(self, sheet: sources.Sheet) -> Found | None:
        """Return a sheet with its header, or a form as a sheet; None if it has none.

        Raises:
            KindUnclear: the header fits several kinds.
        """
        top = top_of(sheet, max(HEADER_ROWS, self._options.header_row or 0))
        if self.kind in (AUTO, _FORMS) and self._options.header_row is None:
            # First, because two lines of a form may look like a header of two rows.
            columns = KINDS[_FORMS].columns
            if begins_with_form(sheet, top, columns):
                rest = top_of(sheet, MOST_ROWS + 1)
                form = self._form(sheet, [*top, *rest], columns)
                sheet = replace(sheet, rows=chain(rest, sheet.rows)) if form is None else form
                top = top if form is None else top_of(form)
        header = self._header(sheet, top)
        if header is not None:
            return Found(sheet, top, header)
        self.other = ""
        self.is_filled = any(cell for _, cells in top for cell in cells)
        if self.is_filled:
            self._note(sheet, top)
        return None

    def _form(self, sheet: sources.Sheet, rows: Top, columns: Sequence[Column]) -> sources.Sheet | None:
        try:
            return form_of(sheet, rows, columns)
        except LabelTwice as error:
            raise LabelTwice(file=self._file, line=error.line, found=error.found) from error

    def is_printed_by(self, office: str) -> bool:
        """Return whether the file begins with the title of a report of an office."""
        said = next(iter(self._beginning), "")
        if not said.startswith(office):
            return False
        titles = (text_in(language, key) for language in NAMES for key in keys_of("report."))
        return any(title.rpartition("}")[2] in said for title in titles if title.startswith("{office}"))

    def refusal(self) -> GridConsoleError:
        """Return the error that says what the sheets without a header look like."""
        if self._likely:
            pairs = list(dict.fromkeys(self._likely))
            options = " ".join(f"--map {pair}" for pair in pairs)
            return HeaderMisspelt(file=self._file, wanted=self._wanted(), likely=options, known=";".join(pairs))
        if self._other:
            return KindOther(file=self._file, kind=t(f"kind.{self.kind}"), likely=t(f"kind.{self._other}"), word=self._other)
        if self._lacking:
            best = max(self._lacking, key=lambda like: (like.hits, -len(like.missing)))
            return HeaderLacking(file=self._file, kind=t(f"kind.{best.kind}"), wanted=listed(best.missing), word=best.missing[0])
        found = listed(word.strip()[:12] for word in self._beginning[:8])
        return HeaderMissing(file=self._file, wanted=self._wanted(), found=found)

    def _wanted(self) -> str:
        return wanted_of(self.kind) if self.kind != AUTO else t("import.any_kind")

    def _note(self, sheet: sources.Sheet, top: Top) -> None:
        """Remember what a sheet without a header looks like."""
        self._beginning.extend(cell for _, cells in top[:3] for cell in _quotable(cells))
        if self.kind != AUTO:
            columns = KINDS[self.kind].columns
            self._likely.extend(self._helpful(sheet, top, missing_likenesses(top, columns)))
            others = HeaderSearch(self._file, AUTO, self._options, self._profiles)
            try:
                is_other = others._header(sheet, top) is not None
            except KindUnclear:
                is_other = False
            self.other = others.kind if is_other else ""
            self._other = self._other or self.other
        for kind in KINDS if self.kind == AUTO else (self.kind,):
            self._lacking.extend(_lacking(kind, top))

    def _helpful(self, sheet: sources.Sheet, top: Top, likenesses: Sequence[Likeness]) -> list[str]:
        """Return likely meanings as options, if the sheet has a header with them: advice that does not help is none."""
        meanings = {like.heading: like.column.name for like in likenesses}
        options = replace(self._options, mapping={**self._options.mapping, **meanings})
        tried = HeaderSearch(self._file, self.kind, options, self._profiles)
        if not meanings or tried._header(sheet, top) is None:
            return []
        return [f"{like.heading}={like.column.title}" for like in likenesses]

    def _header(self, sheet: sources.Sheet, top: Top) -> SheetHeader | None:
        def found(columns: Sequence[Column], mapping: Mapping[str, str]) -> SheetHeader | None:
            return find_header(top, columns, merged=sheet.merged, header_row=self._options.header_row, mapping=mapping)

        def of(kind: str) -> SheetHeader | None:
            plan = KINDS[kind]
            for profile in self._profiles:
                if profile.kind == kind and self._options.profile in (None, profile.name):
                    header = found(plan.columns, {**profile.mapping, **self._options.mapping})
                    # A profile the user did not name is used only for exactly the headings it was saved for.
                    if header is not None and (self._options.profile or header.fingerprint == profile.fingerprint):
                        self.profile = self.profile or profile.name
                        return header
            return first((plan.columns, *plan.variants))

        def first(layouts: Sequence[Sequence[Column]]) -> SheetHeader | None:
            tries = (found(columns, self._options.mapping) for columns in layouts)
            return next((header for header in tries if header is not None), None)

        def without_codes(kind: str) -> SheetHeader | None:
            plan = KINDS[kind]
            # A misspelt heading of codes is no sheet without codes: an office that has codes must not get others.
            has_codes = (
                any(like.column.name == "code" for like in missing_likenesses(top, plan.columns)) if plan.without_codes else False
            )
            return None if has_codes else first((*plan.without_codes, *(plan.when_named if self.kind != AUTO else ())))

        if self.kind != AUTO:
            return of(self.kind) or without_codes(self.kind)
        fits = {kind: header for kind in KINDS if (header := of(kind)) is not None}
        if not fits:
            fits = {kind: header for kind in KINDS if (header := without_codes(kind)) is not None}
        return self._best(sheet, fits, top)

    def _best(self, sheet: sources.Sheet, fits: Mapping[str, SheetHeader], top: Top) -> SheetHeader | None:
        """Return the header of the kind that a sheet is most likely of, and remember that kind: the other sheets must be of it.

        Raises:
            KindUnclear: several kinds fit equally well, or the only one is unlikely.
        """
        doubtful = [
            kind for kind, header in fits.items() if KINDS[kind].is_unlikely(header, f"{self._file} {sheet.name} {header.titles}")
        ]
        fits = {kind: header for kind, header in fits.items() if kind not in doubtful}
        if doubtful and not fits:
            raise KindUnclear(file=self._file, choices=[f"{kind}({t(f'kind.{kind}')})" for kind in doubtful])
        if not fits:
            return None
        most = max(len(header.columns) for header in fits.values())
        near = {kind: header for kind, header in fits.items() if len(header.columns) >= most - HITS_APART}
        scores = {
            kind: (_share(KINDS[kind], header, top), _has_signs(kind, header), len(header.columns))
            for kind, header in near.items()
        }
        best = [kind for kind, score in scores.items() if score == max(scores.values())]
        if len(best) > 1:
            raise KindUnclear(file=self._file, choices=best)
        self.kind = best[0]
        return fits[self.kind]


def detected(office: Office, path: Path, options: Options) -> str | None:
    """Return the kind of a file by the header of its first sheet that has one; None if there is none.

    Raises:
        KindUnclear: the header fits several kinds.
        Unreadable: the file is no table.
    """
    from gridconsole.store import profiles

    source = sources.load(path)
    with office.database.reading() as connection:
        search = HeaderSearch(source.name, AUTO, options, profiles.profiles(connection))
    for sheet in sources.opened(source, options.encoding):
        if search.find(sheet) is not None:
            return search.kind
    return None


def _lacking(kind: str, top: Top) -> list[_Lacking]:
    """Return the rows that look like the header of a kind and lack one or two required headings."""
    columns = KINDS[kind].columns
    found = []
    for _, cells in top[:HEADER_ROWS]:
        line = [clean_line(str(cell)) if cell is not None else "" for cell in cells]
        names = named([line], columns, {}).names
        missing = tuple(column.title for column in columns if column.required and column.name not in names)
        if len(names) >= _LIKE and 0 < len(missing) <= _MOST_LACKING:
            found.append(_Lacking(kind, len(names), missing))
    return found


def _has_signs(kind: str, header: SheetHeader) -> bool:
    return not KINDS[kind].signs.isdisjoint(column.name for column in header.columns.values())


def _share(plan: type[Plan], header: SheetHeader, top: list[tuple[int, list[sources.Cell]]]) -> float:
    """Return the share (0 to 1) of the first rows whose key fits this kind; a header alone may fit two kinds."""
    place = next((position for position, column in header.columns.items() if column.name == "code"), None)
    rows = [cells for number, cells in top if number > header.row and any(cell not in (None, "") for cell in cells)]
    keys = (
        [str(cells[place]) if place < len(cells) and cells[place] is not None else "" for cells in rows]
        if place is not None
        else []
    )
    return sum(map(plan.recognises, keys)) / len(keys) if keys else 1.0


def wanted_of(kind: str) -> str:
    """Return the required headings of a kind, as text."""
    return listed(column.titles[0] for column in KINDS[kind].columns if column.required)


def check_fields(kind: str, names: Iterable[str]) -> None:
    """Refuse fields a kind does not have; a field is named by its code or by a heading.

    Raises:
        UnknownWord: there is one.
    """
    columns = KINDS[kind].columns
    known = {column.name for column in columns} | {normal(title) for column in columns for title in column.titles}
    for name in names:
        if name not in known and normal(name) not in known:
            choices = [f"{column.title}({column.name})" for column in columns if column.titles]
            raise UnknownWord(what="field", word=name, choices=choices)


def _quotable(cells: Sequence[sources.Cell]) -> list[str]:
    """Return the cells of a row that a message may quote; beside an ID number other cells may be that person's name."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str)]
    masked = [mask_text(text) for text in texts]
    if masked == texts:
        return texts
    return [mask_name(text) if text == hidden else hidden for text, hidden in zip(texts, masked, strict=True)]
