"""Dimensions by which reports are broken down and filtered: places, categories, sources, handlers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridconsole.domain.codes import CategoryKind, HandlerKind
from gridconsole.domain.errors import BadValue, UnknownWord
from gridconsole.domain.states import Grade, Source
from gridconsole.domain.text import clean_line, fold_width, mask_kept
from gridconsole.domain.views.case_lists import EXTRA, kept_heading
from gridconsole.language import NAMES, t, text_in, word
from gridconsole.services.lookup import near
from gridconsole.store import fact_names, renamings
from gridconsole.store.fact_names import Named

if TYPE_CHECKING:
    from gridconsole.store.engine import Transaction

Key = tuple[Any, ...]
Where = tuple[tuple[tuple[str, ...], tuple[Key, ...]], ...]
"""Conditions as :data:`gridconsole.store.fact_filters.Filter` takes them."""
MOST_CHOICES = 12
"""Most values that are offered for an unknown one."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension: its columns of facts, and its values with their names."""

    code: str
    columns: tuple[str, ...]
    values: Callable[[Transaction], Sequence[Named]]
    is_major: bool = False
    """True if a value stands for all minor categories under it."""
    register: str = ""
    """Table whose names it has, where these may change."""
    order: Callable[[], Sequence[str]] = tuple
    """Returns the names in their natural order; nothing if there is none."""


def _members(members: Iterable[Any]) -> Callable[[Transaction], list[Named]]:
    return lambda _connection: [Named((member.value,), member.value, word(member)) for member in members]


def _units(connection: Transaction) -> list[Named]:
    return [one for one in fact_names.handlers(connection) if one.key[0] == HandlerKind.UNIT.value]


def _wardens(connection: Transaction) -> list[Named]:
    return [one for one in fact_names.handlers(connection) if one.key[0] == HandlerKind.WARDEN.value]


DIMENSIONS: Mapping[str, Dimension] = {
    one.code: one
    for one in (
        Dimension(
            "subdistrict", ("subdistrict_id",), lambda connection: fact_names.areas(connection, "subdistrict"), register="area"
        ),
        Dimension("community", ("area_id",), lambda connection: fact_names.areas(connection, "community"), register="area"),
        Dimension("grid", ("grid_id",), fact_names.grids, register="grid"),
        Dimension("source", ("source",), _members(Source)),
        Dimension("grade", ("grade",), _members(Grade), order=lambda: [word(grade) for grade in Grade]),
        Dimension("kind", ("kind",), _members(CategoryKind)),
        Dimension("major", ("category_id",), fact_names.categories, is_major=True),
        Dimension("category", ("category_id",), fact_names.categories),
        Dimension("unit", ("handler_kind", "handler_id"), _units, register="unit"),
        Dimension("warden", ("handler_kind", "handler_id"), _wardens),
        Dimension("handler", ("handler_kind", "handler_id"), fact_names.handlers, register="unit"),
    )
}
"""Every dimension by its code."""
_WORDS: Mapping[str, tuple[str, ...]] = {
    "subdistrict": ("街道", "镇", "乡", "街镇"), "community": ("社区", "村"), "grid": ("网格",), "source": ("来源", "渠道"),
    "grade": ("等级", "紧急程度"), "kind": ("部件事件", "类型"), "major": ("大类",), "category": ("小类", "类别"),
    "unit": ("单位", "部门", "责任单位"), "warden": ("网格员",), "handler": ("承办", "承办单位", "处置"),
}  # fmt: skip
"""Further names of the dimensions."""


def title_of(code: str) -> str:
    """Return the name of a dimension."""
    return t(f"dimension.{code}")


def find(text: str) -> Dimension:
    """Return a dimension by any of its names.

    Raises:
        UnknownWord: there is none of this name.
    """
    wanted = fold_width(clean_line(text)).lower()
    for code, dimension in DIMENSIONS.items():
        if wanted in (code, title_of(code).lower(), *_WORDS[code]):
            return dimension
    raise UnknownWord(what="dimension", word=text, choices=[title_of(code) for code in DIMENSIONS])


@dataclass(frozen=True, slots=True)
class Filter:
    """Values of dimensions to which a report is limited."""

    rows: Where
    """Columns with their allowed values; every condition must hold."""
    words: str = ""
    """The filter as it is printed."""


EVERYTHING = Filter(())
_SIGN = re.compile("[=＝]")


def read_filter(connection: Transaction, conditions: Sequence[str]) -> Filter:
    """Parse filters as people write them: ``街道=东风街道``, ``附列.社区=东风``.

    The same dimension twice means either; of two dimensions both must hold, although they be of the same column.

    Raises:
        BadValue: there is no ``=``, or the filter asks for people.
        UnknownWord: no such dimension, no such value, or no such column of a list.
    """
    allowed: dict[str, tuple[tuple[str, ...], list[Key]]] = {}
    words: dict[str, list[str]] = {}
    for condition in conditions:
        name, mark, value = fold_width(condition).partition("=")
        if not mark or not name.strip() or not value.strip():
            raise BadValue(what="where", value=condition, expected="report_where")
        if said := kept_heading(name):
            # Lists keep what they say, which may be full width; people type either.
            typed = _SIGN.split(condition, maxsplit=1)[1].strip()
            heading = f"{EXTRA}{_kept(connection, said, value.strip())}"
            allowed.setdefault(heading, ((heading,), []))[1].extend(((value.strip(),), (typed,)))
            words.setdefault(heading, []).append(typed)
            continue
        dimension = find(name)
        found = _values_called(connection, dimension, value)
        allowed.setdefault(dimension.code, (dimension.columns, []))[1].extend(one.key for one in found)
        words.setdefault(title_of(dimension.code), []).append(found[0].under if dimension.is_major else found[0].name)
    rows = tuple((columns, tuple(dict.fromkeys(keys))) for columns, keys in allowed.values())
    return Filter(rows, "；".join(f"{name}={'、'.join(values)}" for name, values in words.items()))


def _kept(connection: Transaction, heading: str, value: str) -> str:
    """Return the heading of a column that lists kept with their cases.

    Raises:
        UnknownWord: no list kept a column of this heading.
        BadValue: it holds names or numbers of people: counting by them would be a way to look somebody up.
    """
    if mask_kept(heading, value) != value:
        raise BadValue(what="where", value=f"{EXTRA}{heading}=…", expected="where_masked")
    if not fact_names.is_kept(connection, heading):
        known = fact_names.kept_headings(connection)
        raise UnknownWord(
            what="column",
            word=f"{EXTRA}{heading}",
            choices=[f"{EXTRA}{one}" for one in near(heading, known) or known[:MOST_CHOICES]],
        )
    return heading


def _values_called(connection: Transaction, dimension: Dimension, text: str) -> list[Named]:
    """Return the value of a code, or every one of a name: two communities may have the same. Of a major category every minor one.

    The word under which reports count what has no value stands for just that, and a former name for what has it no more.
    """
    wanted = clean_line(text)
    if wanted.lower() in {text_in(language, "word.unknown") for language in NAMES}:
        return [Named((None,) * len(dimension.columns), "", t("word.unknown"), t("word.unknown"))]
    every = dimension.values(connection)
    names = [(one.under if dimension.is_major else one.name) for one in every]
    by_code = [] if dimension.is_major else [one for one in every if one.code == wanted]
    found = by_code or [one for one, name in zip(every, names, strict=True) if name == wanted]
    if not found and dimension.register:
        key = renamings.former(connection, dimension.register).get(wanted)
        found = [one for one in every if key is not None and one.key in ((key,), (HandlerKind.UNIT.value, key))]
    if not found:
        known = list(dict.fromkeys(names))
        raise UnknownWord(what="dimension_value", word=text, choices=near(wanted, known) or known[:MOST_CHOICES])
    return found
