"""A typed command such as ``派 0012 城管局 #原因``: verb, cases, arguments, and a note after ``#``.

Pure: what the words mean in the office (which case, which unit) is found out in :mod:`gridconsole.services.typed_acts`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from gridconsole.domain.actions import Action
from gridconsole.domain.errors import LineFlaw, LineWrong
from gridconsole.domain.states import Outcome, Result, Satisfaction, Solved
from gridconsole.domain.text import clean_text, fold_width
from gridconsole.domain.transitions import results_of
from gridconsole.language import word
from gridconsole.language.vocabulary import names_of, plain

E = TypeVar("E", bound=StrEnum)
HERE, MARKED = ".", "@"
"""The case under the cursor, and the marked cases."""
LONGEST = 2_000


class Part(StrEnum):
    """Arguments of a verb."""

    WHO = "who"
    RESULT = "result"
    OUTCOME = "outcome"
    CALL = "call"
    """Solved and satisfied, or that nobody was reached."""
    CATEGORY = "category"
    LIMIT = "limit"
    DAY = "day"
    TEXT = "text"
    """Words that need no ``#``."""


class Other(StrEnum):
    """Commands that are no acts on a case."""

    SEARCH = "search"
    GO = "go"


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: what it does, its names, its initials, what it takes."""

    does: Action | Other
    names: tuple[str, ...]
    code: str
    takes: frozenset[Part] = frozenset()
    says_why: bool = False
    """It needs a note."""
    example: str = ""


def _verb(does: Action | Other, names: str, code: str, *takes: Part, why: bool = False, example: str = "") -> Verb:
    return Verb(does, tuple(names.split()), code, frozenset(takes), why, example)


VERBS: tuple[Verb, ...] = (
    _verb(Action.ACCEPT, "受理 接 accept", "sl", example="受理 12"),
    _verb(Action.DECLINE, "不予受理 不受理 不予立案 拒 decline", "bsl", why=True, example="拒 12 #不属本辖区"),
    _verb(Action.SETTLE, "自处理 自结 当场办结 settle", "zj", why=True, example="自结 12 #已劝离"),
    _verb(Action.VERIFY, "核实 verify", "hs", Part.WHO, Part.RESULT, example="核实 12 属实"),
    _verb(Action.FILE, "立案 file", "la", Part.CATEGORY, example="立案 12"),
    _verb(Action.DISPATCH, "派遣 派单 派 dispatch", "p", Part.WHO, example="派 12 城管局"),
    _verb(Action.REDISPATCH, "改派 转派 redispatch", "gp", Part.WHO, why=True, example="改派 12 环卫所 #非其职责"),
    _verb(Action.RETURN, "回退 退回 退 return", "ht", why=True, example="退 12 #权属不清"),
    _verb(Action.FEEDBACK, "反馈 回报 feedback", "fk", Part.TEXT, why=True, example="反馈 12 已清理"),
    _verb(Action.CHECK, "核查 复核 check", "hc", Part.WHO, Part.RESULT, example="核查 12 通过"),
    _verb(Action.CLOSE, "结案 close", "ja", Part.OUTCOME, example="结案 12"),
    _verb(Action.NOTE, "备注 记 note", "bz", Part.TEXT, why=True, example="备注 12 已电话联系"),
    _verb(Action.EXTEND, "延期 extend", "yq", Part.LIMIT, why=True, example="延期 12 3工作日 #雨天"),
    _verb(Action.SUSPEND, "挂账 缓办 suspend", "gz", Part.DAY, why=True, example="挂账 12 12-04 #等材料"),
    _verb(Action.RESUME, "恢复 解挂 resume", "jg", why=True, example="恢复 12 #材料已到"),
    _verb(Action.CALL_BACK, "回访 callback", "hf", Part.CALL, example="回访 12 是 满意"),
    _verb(Action.MERGE, "并案 合并 merge", "hb", example="并案 12 13 14（前一个是主案）"),
    _verb(Other.SEARCH, "查 搜 search", "cx", Part.TEXT, example="查 建设路"),
    _verb(Other.GO, "去 转到 到 go", "zd", Part.TEXT, example="去 待核查"),
)
"""All commands. A new one is one line here."""


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A parsed command."""

    verb: Verb
    cases: tuple[str, ...] = ()
    """Ends of case numbers, ranges ``0012..0015``, or :data:`HERE` or :data:`MARKED`; empty: the case under the cursor."""
    who: tuple[str, ...] = ()
    result: Result | None = None
    outcome: Outcome | None = None
    solved: Solved | None = None
    satisfaction: Satisfaction | None = None
    is_unreached: bool = False
    text: str = ""
    """Amount, day, category, or the words to look for."""
    note: str = ""


_PUNCTUATION = str.maketrans({"，": ",", "、": ",", "；": ";", "：": ":", "。": ".", "＃": "#"})
_WORD = re.compile(r"[^\d\s,.@]+")
_CASES = re.compile(r"\s*(?:([.@])(?=\s|$)|(\d{1,13}(?:\.\.\d{1,13})?)(?!\d))")
_CASES_BEFORE_TEXT = re.compile(r"\s*(?:([.@])|(\d{1,13}(?:\.\.\d{1,13})?))(?=[\s,]|$)")
"""A number glued to words belongs to them: 3号楼."""
_MORE = re.compile(r"\s*,\s*(\d{1,13}(?:\.\.\d{1,13})?)|\s+(\d{1,13}(?:\.\.\d{1,13})?)(?=[\s,]|$)")
_MORE_BY_COMMA = re.compile(r"\s*,\s*(\d{1,13}(?:\.\.\d{1,13})?)")
_LONG_NUMBER = re.compile(r"\d{3}")
_UNREACHED = frozenset({"未接通", "没接通", "没人接", "unreached"})


def parse(said: str) -> TypedLine:
    """Parse a line.

    Raises:
        LineWrong: what is wrong, and what could stand there.
    """
    head, mark, note = said[:LONGEST].translate({ord("＃"): "#"}).partition("#")
    is_inside = bool(mark) and not head[-1:].isspace()
    head = " ".join(fold_width(head.translate(_PUNCTUATION)).translate(_PUNCTUATION).split())
    note = clean_text(note)
    if not head:
        raise LineWrong(why=LineFlaw.NO_VERB if note else LineFlaw.EMPTY, choices=[verb.example for verb in VERBS[:3]])
    if re.fullmatch(r"\d{1,13}", head):
        return TypedLine(verb_of(Other.GO), (head,))
    verb, rest = _verb_of(head)
    if len(said) > LONGEST:
        raise LineWrong(why=LineFlaw.TOO_LONG, word=f"{len(said)}/{LONGEST}", choices=[verb.example])
    if isinstance(verb.does, Other):
        number = re.fullmatch(r"\d{1,13}", rest.strip())
        is_case = verb.does is Other.GO and number is not None
        return TypedLine(verb, (rest.strip(),) if is_case else (), text="" if is_case else rest.strip())
    cases, rest = _cases_of(verb, rest)
    words = rest.split()
    if Part.TEXT in verb.takes and words:
        # Text needs no mark, so one inside a word is part of it: 3#楼.
        note, words = clean_text(f"{' '.join(words)}{mark if is_inside else ' '}{note}"), []
    return _with_arguments(TypedLine(verb, cases, note=note), words)


def verb_of(does: Action | Other) -> Verb:
    """Return the command that does something."""
    return next(verb for verb in VERBS if verb.does is does)


def _verb_of(head: str) -> tuple[Verb, str]:
    found = _WORD.match(head)
    if found is None:
        raise LineWrong(why=LineFlaw.UNKNOWN_VERB, word=head.split()[0], choices=_examples(VERBS))
    said, rest = found[0], head[found.end() :]
    key = plain(said)
    exact = [verb for verb in VERBS if key in verb.names or key == verb.code]
    if not exact and key.isascii():
        exact = [verb for verb in VERBS if verb.code.startswith(key)]
    if len(exact) == 1:
        return exact[0], rest
    if exact:
        raise LineWrong(why=LineFlaw.AMBIGUOUS_VERB, word=said, choices=[verb.names[0] for verb in exact])
    for verb in VERBS:
        # Words to look for may follow at once: 查建设路.
        name = next((one for one in verb.names if said.startswith(one) and not one.isascii()), None)
        if name is not None and verb.does is Other.SEARCH:
            return verb, head[len(name) :]
    every = {name: verb for verb in VERBS for name in verb.names}
    near = [every[name] for name in difflib.get_close_matches(said, every, n=3, cutoff=0.4)]
    raise LineWrong(why=LineFlaw.UNKNOWN_VERB, word=said, choices=_examples(near or VERBS))


def _examples(verbs: Iterable[Verb]) -> list[str]:
    return list(dict.fromkeys(verb.names[0] for verb in verbs))


def _cases_of(verb: Verb, rest: str) -> tuple[tuple[str, ...], str]:
    first = (_CASES_BEFORE_TEXT if Part.TEXT in verb.takes else _CASES).match(rest)
    if first is None:
        if _LONG_NUMBER.search(rest):
            # A number that stands elsewhere: acting on the case under the cursor would be a guess.
            raise LineWrong(why=LineFlaw.BAD_CASE, word=rest.strip(), choices=[verb.example])
        return (), rest
    found = [first[1] or first[2]]
    rest = rest[first.end() :]
    more = _MORE_BY_COMMA if verb.takes & {Part.LIMIT, Part.DAY, Part.TEXT} else _MORE
    while first[2] and (match := more.match(rest)):
        found.append(next(filter(None, match.groups())))
        rest = rest[match.end() :]
    if rest.startswith(".."):
        raise LineWrong(why=LineFlaw.BAD_CASE, word=f"{found[-1]}{rest.split()[0]}", choices=["0012..0015"])
    return tuple(found), rest


def _with_arguments(line: TypedLine, words: list[str]) -> TypedLine:
    verb = line.verb
    if Part.RESULT in verb.takes and isinstance(verb.does, Action):
        result, words = _taken_from_end(results_of(verb.does), words)
        line = replace(line, result=result)
        if result is None and not words:
            raise LineWrong(why=LineFlaw.MISSING_RESULT, choices=[word(one) for one in results_of(verb.does)])
    if Part.OUTCOME in verb.takes:
        outcome, words = _taken_from_end(tuple(Outcome), words)
        line = replace(line, outcome=outcome)
    if Part.CALL in verb.takes:
        line, words = _call(line, words)
    if Part.WHO in verb.takes:
        # A name needs no quotation marks here; some type them all the same.
        said = (name.strip().strip("\"“”'") for name in " ".join(words).split(","))
        who = tuple(name for name in said if name)
        line, words = replace(line, who=who), []
        if not who and line.result is None:
            raise LineWrong(why=LineFlaw.MISSING_WHO, choices=[verb.example])
    if verb.takes & {Part.LIMIT, Part.DAY, Part.CATEGORY}:
        line, words = replace(line, text=" ".join(words)), []
        if not line.text and Part.CATEGORY not in verb.takes:
            raise LineWrong(why=LineFlaw.MISSING_TIME, choices=[verb.example])
    if words:
        raise LineWrong(why=LineFlaw.EXTRA, word=" ".join(words), choices=[verb.example])
    if (verb.says_why or line.result is Result.FAIL) and not line.note:
        raise LineWrong(why=LineFlaw.MISSING_NOTE, choices=[verb.example])
    return line


def _call(line: TypedLine, words: list[str]) -> tuple[TypedLine, list[str]]:
    if words and words[-1] in _UNREACHED:
        return replace(line, is_unreached=True), words[:-1]
    satisfaction, words = _taken_from_end(tuple(Satisfaction), words)
    solved, words = _taken_from_end(tuple(Solved), words)
    if solved is None or satisfaction is None:
        choices = [*(word(one) for one in Solved), *(word(one) for one in Satisfaction)]
        raise LineWrong(why=LineFlaw.MISSING_ANSWERS, choices=choices)
    return replace(line, solved=solved, satisfaction=satisfaction), words


def _taken_from_end(members: Sequence[E], words: list[str]) -> tuple[E | None, list[str]]:
    """Take a code word from the end of a line, whole, cut short, or glued to a name; return it and the words before it."""
    if not words:
        return None, words
    last, names = plain(words[-1]), _names(members)
    if last in names:
        return names[last], words[:-1]
    is_judged = set(members) <= set(Result)
    begun = {member for name, member in names.items() if name.startswith(last) and not name.isascii()}
    if len(begun) == 1 and (is_judged or len(last) > 1):
        return begun.pop(), words[:-1]
    glued = max((name for name in names if last.endswith(name) and not name.isascii()), key=len, default="")
    if glued and is_judged:
        # A result is never cut off the end of a word: 没通过 is not 通过, nor is 部分属实 属实.
        raise LineWrong(why=LineFlaw.MISSING_RESULT, choices=[word(one) for one in members])
    if glued:
        return names[glued], [*words[:-1], words[-1][: -len(glued)]]
    return None, words


def _names(members: Sequence[E]) -> Mapping[str, E]:
    return {name: member for member in members for name in names_of(member)}
