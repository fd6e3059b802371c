"""The gate every foreign text passes on its way in, and the masks it wears on its way out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# C0 and C1 controls, DEL, zero-width and invisible characters, bidi marks, embeddings, overrides and isolates, line
# and paragraph separators, interlinear and tag characters, noncharacters and lone surrogates. Terminals act on the
# first two, eyes are deceived by the rest. Newline and tab are handled apart.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\ufe0e\ufe0f\ud800-\udfff\U0001f3fb-\U0001f3ff\U000e0000-\U000e007f]"
)
_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI … final byte
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC up to their terminator
    r"|\x1b[ -/]*[0-~]"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_COMBINING_RUN = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
_RARE = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
"""What is printable and still not left alone."""
_BLANKS = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_MANY_NEWLINES = re.compile(r"\n{3,}")

TEXT_LIMIT = 20_000
"""Longest free text kept, in characters; real complaints reach 7,000."""
LINE_LIMIT = 500
"""Longest one-line field kept, in characters."""
SUMMARY_LIMIT = 80
"""Longest summary of a report, in characters."""


def clean_line(value: str, limit: int = LINE_LIMIT) -> str:
    """One line of harmless text: no controls, no escape sequences, no bidi tricks, blanks folded, ends trimmed."""
    if _is_tame(value):
        # The only blank that is printable is the ordinary one.
        return (_BLANKS.sub(" ", value) if "  " in value else value).strip()[:limit]
    return _BLANKS.sub(" ", _strip(value).replace("\n", " ")).strip()[:limit]


def clean_text(value: str, limit: int = TEXT_LIMIT) -> str:
    """Harmless text that keeps its paragraphs: as :func:`clean_line`, with newlines kept (never three in a row)."""
    if _is_tame(value):
        return clean_line(value, limit)
    lines = (_BLANKS.sub(" ", line).strip() for line in _strip(value).split("\n"))
    return _MANY_NEWLINES.sub("\n\n", "\n".join(lines)).strip()[:limit]


REASON_SHORTEST = 2
"""Letters or digits a reason has at least: ``漏水`` is one, a full stop or a lone ``x`` is none."""


def is_reason(words: str) -> bool:
    """Return whether words give a reason at all: two letters or digits in whatever script, punctuation and blanks left out."""
    return sum(unicodedata.category(char)[0] in "LN" for char in words) >= REASON_SHORTEST


_DIGITS_AT_END = re.compile(r"[\d+ -]+$")


def summary_of(text: str) -> str:
    """First line of a report, short enough for a list."""
    line = text.split("\n", 1)[0]
    # Never cut through a number: half a phone would escape the mask.
    return line if len(line) <= SUMMARY_LIMIT else _DIGITS_AT_END.sub("", line[:SUMMARY_LIMIT])


def printable(value: str) -> str:
    """The gate out: what may reach a terminal. Old rows and file names pass here even if they never passed the gate in."""
    if value.isprintable() and _UNSAFE.search(value) is None:
        return value
    value = _ESCAPE_SEQUENCE.sub("", value).replace("\t", " ")
    return _UNSAFE.sub("", value)


FORMULA_MARKS = frozenset("=+-@＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula, on its own or after the input method's full width is folded."""


def begins_a_formula(shown: str) -> bool:
    """Return whether a spreadsheet may run a text: looked at as it will stand in the file, blanks before it left out."""
    return printable(shown).lstrip()[:1] in FORMULA_MARKS


def csv_text(value: str) -> str:
    """A text as a cell of a csv file: through the gate first, then quoted if a spreadsheet would run what is left of it."""
    shown = printable(value)
    return f"'{shown}" if begins_a_formula(shown) else shown


def without_quote(cell: str) -> str:
    """A text that :func:`csv_text` has quoted, as it was before."""
    return cell[1:] if cell[:1] == "'" and begins_a_formula(cell[1:]) else cell


def _is_tame(value: str) -> bool:
    """Return whether :func:`_strip` would change nothing: nearly every cell of a sheet, so it is asked first."""
    return value.isprintable() and (value.isascii() or (_RARE.search(value) is None and unicodedata.is_normalized("NFC", value)))


def _strip(value: str) -> str:
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    value = _ESCAPE_SEQUENCE.sub("", value)
    value = _UNSAFE.sub("", value)
    value = _COMBINING_RUN.sub(r"\1", value)
    return unicodedata.normalize("NFC", value)


def fold_width(value: str) -> str:
    """Key, number, date and heading text with full-width forms folded (NFKC); never for free text, where ㎡ means ㎡."""
    return value if value.isascii() else unicodedata.normalize("NFKC", value)


# --- masks ------------------------------------------------------------------------------------------------------

_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?!\d)")
_COUNTRY = re.compile(r"(?<!\d)(?:\+|00)?86[- ]?(?=1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d))")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９＋－", "0123456789+-")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-?)\d{3,4}(\d{4})(?!\d)")
_ID_NUMBER = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")


def mask_name(name: str) -> str:
    """``李小明`` → ``李**``. A double surname keeps its first character only, as office lists do."""
    return name[:1] + "*" * max(1, min(len(name) - 1, 3)) if name else ""


def mask_phone(phone: str) -> str:
    """``13812345678`` → ``138****5678``; anything else keeps its last two characters at most."""
    if _MOBILE.fullmatch(phone):
        return f"{phone[:3]}****{phone[-4:]}"
    if len(phone) >= 7:
        return f"{phone[:3]}****{phone[-2:]}"
    return "*" * len(phone)


def mask_id(number: str) -> str:
    """``11010519491231002X`` → ``110105********002X``; one that is mistyped is masked as far."""
    return f"{number[:6]}********{number[-4:]}" if len(number) > 12 else "*" * len(number)


def mask_text(value: str) -> str:
    """Free text with the phone and ID numbers inside it masked."""
    if not any(char.isdigit() for char in value):
        return value
    value = _COUNTRY.sub("", value.translate(_WIDE_DIGITS))
    value = _ID_NUMBER.sub(r"\1********\2", value)
    value = _MOBILE.sub(r"\1****\2", value)
    return _LANDLINE.sub(r"\1****\2", value)


_NOBODY = frozenset(
    {"市民", "居民", "群众", "热心市民", "热心群众", "匿名", "匿名市民", "业主", "商户", "网格员", "不详", "保密", "路人"}
)
"""What lists say where no name was given: hiding it would only make texts hard to read."""


def is_a_name(name: str) -> bool:
    """Return whether a text can be told to be somebody's name: more than one character, and not a word for nobody in particular."""
    return len(name) > 1 and name not in _NOBODY


def hide_name(value: str, name: str) -> str:
    """A text in which the name of a known person is masked wherever it stands."""
    return value.replace(name, mask_name(name)) if name and name in value and is_a_name(name) else value


_MASKS = {"reporter": mask_name, "phone": mask_phone}


def masked_personal(personal: Mapping[str, str], name: str = "") -> dict[str, str]:
    """Free text and personal values by field name, under their masks.

    Args:
        name: of the case's reporter, which may stand in any of the texts.
    """
    names = (name, personal.get("reporter", ""))
    return {field: _MASKS.get(field, mask_text)(_without(value, *names, field=field)) for field, value in personal.items()}


def _without(value: str, *names: str, field: str) -> str:
    for name in names if field != "reporter" else ():
        value = hide_name(value, name)
    return value
