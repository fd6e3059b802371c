"""Clean every text that enters the program, and mask personal data in texts that are shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# C0 and C1 controls, DEL, zero-width and invisible characters, bidi marks, embeddings, overrides and isolates, line
# and paragraph separators, interlinear and tag characters, noncharacters and lone surrogates. Terminals interpret the
# controls, and readers are deceived by the rest. Newline and tab are handled separately.
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
"""Characters that are printable but still changed by :func:`_strip`."""
_BLANKS = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_MANY_NEWLINES = re.compile(r"\n{3,}")

TEXT_LIMIT = 20_000
"""Longest free text stored, in characters; real complaints reach 7,000."""
LINE_LIMIT = 500
"""Longest one-line field stored, in characters."""
SUMMARY_LIMIT = 80
"""Longest summary of a report, in characters."""


def clean_line(value: str, limit: int = LINE_LIMIT) -> str:
    """Clean one line of text: remove controls, escape sequences and bidi marks, fold blanks, trim the ends."""
    if _is_tame(value):
        # The ordinary blank is the only printable one.
        return (_BLANKS.sub(" ", value) if "  " in value else value).strip()[:limit]
    return _BLANKS.sub(" ", _strip(value).replace("\n", " ")).strip()[:limit]


def clean_text(value: str, limit: int = TEXT_LIMIT) -> str:
    """Clean a text and keep its paragraphs: like :func:`clean_line`, but newlines stay (never three in a row)."""
    if _is_tame(value):
        return clean_line(value, limit)
    lines = (_BLANKS.sub(" ", line).strip() for line in _strip(value).split("\n"))
    return _MANY_NEWLINES.sub("\n\n", "\n".join(lines)).strip()[:limit]


REASON_SHORTEST = 2
"""Least number of letters or digits in a reason: ``漏水`` is accepted, a full stop or a single ``x`` is not."""


def is_reason(words: str) -> bool:
    """Return whether words can be a reason: at least two letters or digits of any script; punctuation and blanks do not count."""
    return sum(unicodedata.category(char)[0] in "LN" for char in words) >= REASON_SHORTEST


_DIGITS_AT_END = re.compile(r"[\d+ -]+$")


def summary_of(text: str) -> str:
    """Return the first line of a report, short enough for a list."""
    line = text.split("\n", 1)[0]
    # Never cut through a number: half a phone would escape the mask.
    return line if len(line) <= SUMMARY_LIMIT else _DIGITS_AT_END.sub("", line[:SUMMARY_LIMIT])


def printable(value: str) -> str:
    """Clean a text for a terminal. Old rows and file names pass here even if they were not cleaned on entry."""
    if value.isprintable() and _UNSAFE.search(value) is None:
        return value
    value = _ESCAPE_SEQUENCE.sub("", value).replace("\t", " ")
    return _UNSAFE.sub("", value)


FORMULA_MARKS = frozenset("=+-@＝＋－＠")
"""Characters that start a formula in a spreadsheet, also in full width, as input methods type them."""


def begins_a_formula(shown: str) -> bool:
    """Return whether a spreadsheet may run a text as a formula; checks the text as written to the file, without leading blanks."""
    return printable(shown).lstrip()[:1] in FORMULA_MARKS


def csv_text(value: str) -> str:
    """Return a text as a cell of a CSV file: cleaned, then quoted if a spreadsheet would run it as a formula."""
    shown = printable(value)
    return f"'{shown}" if begins_a_formula(shown) else shown


def without_quote(cell: str) -> str:
    """Remove the quote that :func:`csv_text` added."""
    return cell[1:] if cell[:1] == "'" and begins_a_formula(cell[1:]) else cell


def _is_tame(value: str) -> bool:
    """Return whether :func:`_strip` would change nothing. Checked first, because it holds for nearly every cell of a sheet."""
    return value.isprintable() and (value.isascii() or (_RARE.search(value) is None and unicodedata.is_normalized("NFC", value)))


def _strip(value: str) -> str:
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    value = _ESCAPE_SEQUENCE.sub("", value)
    value = _UNSAFE.sub("", value)
    value = _COMBINING_RUN.sub(r"\1", value)
    return unicodedata.normalize("NFC", value)


_RADICALS = str.maketrans(
    "⺁⺄⺈⺊⺌⺗⺘⺟⺠⺢⺣⺤⺥⺨⺩⺫⺭⺮⺯⺰⺱⺳⺶⺷⺸⺹⺻⺼⻁⻃⻄⻅⻆⻈⻉⻊⻋⻌⻍⻎⻏⻐⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
    "厂乙刀卜小心扌母民水灬爪爪犭王目示竹糹纟罓网羊羊羊耂肀月虎覀西见角讠贝足车辶辶辶阝钅长门阝雨青韦页风飞食饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龟亀龟",
)
"""Radicals as the characters they stand for: texts copied from PDF files contain them. NFKC knows those of the Kangxi block."""
_RADICALS |= {code: ord(unicodedata.normalize("NFKC", chr(code))) for code in range(0x2F00, 0x2FD6)}
_RADICAL = re.compile("[\u2e80-\u2fdf]")


def fold_radicals(value: str) -> str:
    """Return a text with the characters that its radicals stand for."""
    return value if _RADICAL.search(value) is None else value.translate(_RADICALS)


def fold_width(value: str) -> str:
    """Fold full-width forms (NFKC) and radicals in keys, numbers, dates and headings; not in free text, where ㎡ must stay ㎡."""
    return value if value.isascii() else unicodedata.normalize("NFKC", fold_radicals(value))


# --- masks ------------------------------------------------------------------------------------------------------

_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?!\d)")
_COUNTRY = re.compile(r"(?<!\d)(?:\+|00)?86[- ]?(?=1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d))")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９＋－", "0123456789+-")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-?)\d{3,4}(\d{4})(?!\d)")
_ID_NUMBER = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")


def name_key(name: str) -> str:
    """Return a name as names are compared: width folded, without blanks."""
    return "".join(fold_width(clean_line(name)).split())


def mask_name(name: str) -> str:
    """Mask a name: ``李小明`` → ``李**``. A double surname keeps only its first character; words that name nobody (匿名) stay."""
    if name in NOBODY:
        return name
    return name[:1] + "*" * max(1, min(len(name) - 1, 3)) if name else ""


def mask_phone(phone: str) -> str:
    """Mask a phone: ``13812345678`` → ``138****5678``. Others of 7 or more characters keep the first 3 and last 2."""
    if _MOBILE.fullmatch(phone):
        return f"{phone[:3]}****{phone[-4:]}"
    if len(phone) >= 7:
        return f"{phone[:3]}****{phone[-2:]}"
    return "*" * len(phone)


def mask_id(number: str) -> str:
    """Mask an ID number: ``11010519491231002X`` → ``110105********002X``; mistyped numbers are masked too."""
    return f"{number[:6]}********{number[-4:]}" if len(number) > 12 else "*" * len(number)


def mask_text(value: str) -> str:
    """Mask the phone and ID numbers inside a free text."""
    if not any(char.isdigit() for char in value):
        return value
    value = _COUNTRY.sub("", value.translate(_WIDE_DIGITS))
    value = _ID_NUMBER.sub(r"\1********\2", value)
    value = _MOBILE.sub(r"\1****\2", value)
    return _LANDLINE.sub(r"\1****\2", value)


NOBODY = frozenset(
    {"市民", "居民", "群众", "热心市民", "热心群众", "匿名", "匿名市民", "业主", "商户", "网格员", "不详", "保密", "路人"}
)
"""Words that lists give instead of a name; masking them would only make texts hard to read."""


def is_a_name(name: str) -> bool:
    """Return whether a text counts as a person's name: more than one character, and not a general word such as 市民."""
    return len(name) > 1 and name not in NOBODY


def hide_name(value: str, name: str) -> str:
    """Mask the name of a known person everywhere in a text."""
    return value.replace(name, mask_name(name)) if name and name in value and is_a_name(name) else value


_ABOUT_PEOPLE = re.compile(r"(人|姓名|名字|经办|签收|用户|业主|户主|网格员|采集员|对象)[0-9一二三]?([(（].*[)）])?$")
"""End of headings under which names stand."""
_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}|[\u3400-\u9fff]{1,8}·[\u3400-\u9fff·]{1,12}")
_BETWEEN_NAMES = re.compile(r"([、,，;；/\s]+)")


_ACCOUNT = re.compile("微信|QQ|邮箱|电子邮件|e-?mail", re.IGNORECASE)
"""Headings under which accounts of people stand, whatever they look like."""
MAIL = re.compile(r"[A-Za-z0-9._%+-]+(?=@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
"""The part of a mail address that names its owner."""


def mask_kept(heading: str, value: str) -> str:
    """Mask a cell that is kept under a heading nobody knows: numbers and mail addresses wherever they stand, names under headings
    about people.
    """
    if "身份证" in heading or "证件" in heading:
        return mask_id(value)
    if _ACCOUNT.search(heading):
        return mask_name(value)
    value = MAIL.sub(lambda found: mask_name(found[0]), value)
    masked = mask_phone(value) if ("电话" in heading or "手机" in heading) and value.isdigit() else mask_text(value)
    if _ABOUT_PEOPLE.search(heading) is None:
        return masked
    parts = _BETWEEN_NAMES.split(masked)
    return "".join(mask_name(part) if _NAME.fullmatch(part) and is_a_name(part) else part for part in parts)


def names_kept(cells: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names that stand under headings about people."""
    texts = [str(value) for heading, value in cells.items() if value and _ABOUT_PEOPLE.search(heading)]
    parts = (part for text in texts for part in _BETWEEN_NAMES.split(text))
    return tuple(dict.fromkeys(part for part in parts if _NAME.fullmatch(part) and is_a_name(part)))


_MASKS = {"reporter": mask_name, "phone": mask_phone}


def masked_personal(personal: Mapping[str, str], name: str = "") -> dict[str, str]:
    """Mask free text and personal values, by field name.

    Args:
        name: name of the case's reporter, which may occur in any of the texts.
    """
    names = (name, personal.get("reporter", ""))
    return {field: _MASKS.get(field, mask_text)(_without(value, *names, field=field)) for field, value in personal.items()}


def _without(value: str, *names: str, field: str) -> str:
    for name in names if field != "reporter" else ():
        value = hide_name(value, name)
    return value


LEAST_DIGITS = 3
"""Fewest digits of a number that can be called: the short numbers of an office's own exchange have three or four."""


def is_callable(phone: str) -> bool:
    """Return whether a phone can be called: it has digits enough, and none is masked."""
    return "*" not in phone and sum(character.isdecimal() for character in phone) >= LEAST_DIGITS
