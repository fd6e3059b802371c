"""Words of a case for the search index, and the words of a search: pairs of neighbouring characters (bigrams).

A Chinese text has no blanks between words. Each run of letters and digits is therefore indexed by its pairs of characters, followed
by its last character alone: ``井盖坏`` → ``井盖 盖坏 坏``. A search for ``井盖`` is the pair, one for ``井盖坏`` two pairs in a row; the
single character at the end keeps pairs of different runs apart.

What identifies a person (name and numbers of the reporter, numbers in texts) is separated from the other words, because only
operators who may unmask may search it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import add
from typing import NamedTuple
from unicodedata import is_normalized

from gridconsole.domain.text import fold_radicals, fold_width, hide_name, is_a_name, mask_text

WORDS_VERSION = 2
"""Increase when any function here gives other words for the same text: existing indices are then built anew."""
_DOTS = str.maketrans(dict.fromkeys("•‧・･∙⋅", "·"))
"""Dots within names, as the middle dot."""
_RUN = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d.*?\d", re.DOTALL)
_MASKED = re.compile(r"\d+\*+[\dXx]*")
_NUMBER = re.compile(r"(?<!\d)(?:\d[- ]?){6,17}[\dXx](?!\d)")
_SPELLED = re.compile(r"[0-9]*[a-z][a-z0-9]*")
_KEY = re.compile(r"[a-z0-9]+")
APART = "_"
"""A word that no text contains: it keeps the syllables of different runs apart."""
SHORTEST_TAIL = 4
"""Digits from which the end of a phone or ID number is looked up."""

Spelling = Callable[[str], Iterable[tuple[str, ...]]]
"""Returns the readings of a name in pinyin, each as its syllables; what is no Chinese character stands as it is."""


def folded(text: str) -> str:
    """Fold width, case, radicals and the dots within names; the stored text stays as it is."""
    return text.lower() if text.isascii() else fold_width(text).translate(_DOTS).casefold()


def runs(text: str) -> list[str]:
    """Return the runs of letters and digits of a text, folded; everything else separates them."""
    text = fold_radicals(text)
    found = []
    # Folded run by run: most are folded already, while most texts have punctuation in full width.
    for run in _RUN.findall(text):
        if run.isascii():
            found.append(run.lower())
        elif is_normalized("NFKC", run):
            found.append(run.casefold())
        else:
            found += _RUN.findall(fold_width(run).casefold())
    return found


def pairs(run: str) -> list[str]:
    """Return the pairs of neighbouring characters of a run, without its last character alone."""
    return list(map(add, run, run[1:]))


def _indexed(texts: Iterable[str]) -> list[str]:
    words: list[str] = []
    for text in texts:
        for run in runs(text):
            words += map(add, run, run[1:])
            words.append(run[-1])
    return words


def public(text: str, reporter: str) -> str:
    """Return a text without the numbers of people and the reporter's name: what any operator may search."""
    hidden = hide_name(text, reporter)
    return hidden if _DIGITS.search(hidden) is None else _MASKED.sub(" ", mask_text(hidden))


def _numbers(texts: Iterable[str]) -> Iterator[str]:
    """Yield the phone and ID numbers in texts, digits from last to first: the end of a number is then the beginning of a word."""
    for text in texts:
        for found in _NUMBER.findall(fold_width(text)) if _DIGITS.search(text) is not None else ():
            digits = re.sub(r"[- ]", "", found).lower()
            yield digits.removeprefix("0086")[::-1] if len(digits) > 11 else digits[::-1]


class IndexedWords(NamedTuple):
    """Words of a document, separated by blanks, by column of the index."""

    words: str
    """Pairs of the texts that any operator may search."""
    places: str
    """Syllables of the address in pinyin, and pairs of their initials."""
    keys: str
    """References, forwards and backwards."""
    people: str
    """Pairs, syllables and initials of the reporter's name; numbers of people, backwards."""


@dataclass(frozen=True, slots=True)
class CaseTexts:
    """Texts of a case that are indexed."""

    text: str
    address: str
    summary: str
    reference: str
    reporter: str
    phone: str


def case_words(case: CaseTexts, place: Spelling, person: Spelling) -> IndexedWords:
    """Return the words of a case's own texts.

    Args:
        place: spells an address in pinyin.
        person: spells a person's name in pinyin.
    """
    # Most summaries and addresses repeat a part of the text.
    own = [case.text, *(part for part in (case.address, case.summary) if part and part not in case.text)]
    references = [run for run in runs(public(case.reference, case.reporter)) if len(run) > 1]
    names = [case.reporter] if is_a_name(case.reporter) else []
    address = public(case.address, case.reporter)
    return IndexedWords(
        words=" ".join(_indexed(public(text, case.reporter) for text in own)),
        places=" ".join(_spelled([address], place)),
        keys=" ".join(word for run in references for word in (run, run[::-1])),
        people=" ".join([*_indexed(names), *_spelled(names, person), *_numbers([*own, case.phone, case.reference])]),
    )


def note_words(notes: Iterable[str], reporter: str) -> IndexedWords:
    """Return the words of the notes and reasons of an act on a case."""
    texts = list(notes)
    is_named = is_a_name(reporter) and any(reporter in text for text in texts)
    return IndexedWords(
        words=" ".join(_indexed(public(text, reporter) for text in texts)),
        places="",
        keys="",
        people=" ".join([*_indexed([reporter] if is_named else []), *_numbers(texts)]),
    )


def _spelled(names: Iterable[str], spelling: Spelling) -> list[str]:
    """Return, for each reading of each run, the pairs of its initials and then its syllables."""
    words: list[str] = []
    for name in names:
        for run in runs(name):
            for syllables in spelling(run):
                letters = "".join([syllable[0] for syllable in syllables])
                words += map(add, letters, letters[1:])
                words.append(letters[-1])
                words += syllables
                words.append(APART)
    return words


# --- searching --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a search: runs that must stand in the same document."""

    text: str
    """As typed."""
    runs: tuple[str, ...]
    """Runs of two and more characters: a single one has no pair, and the index does not know it."""

    @property
    def is_plain(self) -> bool:
        """Return whether the index knows the whole term. Else its texts must be compared with what was found."""
        return self.runs == (folded(self.text),)

    def is_in(self, text: str) -> bool:
        """Return whether a text contains the term literally, but for width, case and radicals."""
        return folded(self.text) in folded(text)


def terms(words: str) -> tuple[Term, ...]:
    """Return the terms of a search, separated by blanks; all must be found."""
    return tuple(Term(word, tuple(run for run in runs(word) if len(run) > 1)) for word in dict.fromkeys(words.split()))


def is_spelled(run: str) -> bool:
    """Return whether a run may be pinyin, or its initials, with numbers in it."""
    return _SPELLED.fullmatch(run) is not None


def is_key(run: str) -> bool:
    """Return whether a run may be a reference: Latin letters and digits."""
    return _KEY.fullmatch(run) is not None


def is_tail(run: str) -> bool:
    """Return whether a run may be the end of a phone or ID number."""
    return len(run) >= SHORTEST_TAIL and run.isascii() and run.removesuffix("x").isdecimal()


# Syllables of pinyin without tones, by initial; a search is divided into them.
_SYLLABLES = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "f": "a an ang ei en eng iao o ou u",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "w": "a ai an ang ei en eng o u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
}
_KNOWN = frozenset(initial + final for initial, finals in _SYLLABLES.items() for final in finals.split())
_BEGINNINGS = frozenset(syllable[:length] for syllable in _KNOWN for length in range(1, len(syllable) + 1))
_LONGEST = max(map(len, _KNOWN))
MOST_READINGS = 8


def syllables(letters: str) -> list[tuple[str, ...]]:
    """Divide letters into syllables of pinyin, in every way; the last one may be unfinished. At most :data:`MOST_READINGS`.

    ``lvcheng`` → ``(lv, cheng)``; ``xian`` → ``(xian,)`` and ``(xi, an)``.
    """
    found: list[tuple[str, ...]] = []

    def divide(at: int, before: tuple[str, ...]) -> None:
        if len(found) >= MOST_READINGS:
            return
        rest = letters[at:]
        if rest in _BEGINNINGS:
            found.append((*before, rest))
        for length in range(min(_LONGEST, len(rest) - 1), 0, -1):
            if rest[:length] in _KNOWN and rest[length:][:1] and dead.get(at + length) is not True:
                count = len(found)
                divide(at + length, (*before, rest[:length]))
                if len(found) == count:
                    dead[at + length] = True

    dead: dict[int, bool] = {}
    divide(0, ())
    return found
