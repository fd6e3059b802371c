"""Suggest categories for a text: by the names of the categories, and by aliases that the office edits.

Pure and without a model: every suggestion names the words of the text that it rests on. It is silent below a threshold, because
three quarters of what a hotline hears is in no catalogue of urban management.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gridconsole.domain.catalogue import Category
from gridconsole.domain.codes import CategoryKind
from gridconsole.domain.search_words import folded

LEAST = 4.0
"""Score from which a category is suggested."""
MOST = 3
BODY = 400
"""Characters of a text that are read: a report says at its beginning what it is about."""
HEAD = 60
"""Characters that count as the title, if the first sentence is longer."""
IN_HEAD, IN_BODY, MOST_IN_BODY = 2.0, 0.5, 2
NAME, ALIAS = 3.0, 2.0
"""Weights of a category's own name and of an alias."""
SHARED = 3
"""Categories that may share an alias before it counts less for each."""
_SENTENCE = re.compile(r"[。！？!?;；\n]")
_PARTS = re.compile(r"[、（）()，,/及和]")
_ORGANISATION = re.compile(r"[\u4e00-\u9fff]{2,10}(?:管理局|管理所|管理处|服务中心|办事处|委员会|派出所|大队|公司)")
"""Names of organisations: words in them say nothing about the matter."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category with its score, and the words of the text that speak for it."""

    category_id: int
    name: str
    score: float
    evidence: tuple[str, ...]


@dataclass(slots=True)
class Lexicon:
    """Phrases with the categories they speak for, and their weights."""

    phrases: dict[str, dict[int, float]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, categories: Iterable[Category], aliases: Mapping[str, Iterable[str]]) -> Lexicon:
        """Build it from the categories of the catalogue in force.

        Args:
            aliases: names of minor categories by word; names that the catalogue does not have are left out.
        """
        lexicon = cls()
        by_name: dict[str, list[Category]] = {}
        for category in categories:
            by_name.setdefault(category.minor_name, []).append(category)
            lexicon.names[category.id] = category.minor_name
            for part in {folded(category.minor_name), *(folded(one) for one in _PARTS.split(category.minor_name))}:
                if len(part) > 1:
                    lexicon._add(part, category, NAME)
        for word, minors in aliases.items():
            for minor in minors:
                for category in by_name.get(minor, ()):
                    lexicon._add(folded(word), category, ALIAS)
        return lexicon

    def _add(self, phrase: str, category: Category, weight: float) -> None:
        # Of a facility and an event of the same name the event is meant: something happened to the facility.
        share = weight if category.kind is CategoryKind.EVENT else weight * 0.9
        known = self.phrases.setdefault(phrase, {})
        known[category.id] = max(known.get(category.id, 0.0), share)


def suggest(text: str, lexicon: Lexicon, most: int = MOST) -> tuple[Suggestion, ...]:
    """Return the likeliest categories of a text, best first; empty if nothing speaks for any clearly enough."""
    body = _ORGANISATION.sub(" ", folded(text[:BODY]))
    head = _SENTENCE.split(body, 1)[0][:HEAD]
    scores: dict[int, float] = {}
    evidence: dict[int, list[str]] = {}
    found = [phrase for phrase in lexicon.phrases if phrase in body]
    for phrase in found:
        hits = IN_HEAD * (phrase in head) + IN_BODY * min(body.count(phrase), MOST_IN_BODY)
        meant = lexicon.phrases[phrase]
        for category, weight in meant.items():
            # A phrase inside a longer one of the same category would count twice.
            if any(phrase != other and phrase in other and category in lexicon.phrases[other] for other in found):
                continue
            scores[category] = scores.get(category, 0.0) + hits * weight * math.sqrt(len(phrase)) / max(len(meant) / SHARED, 1.0)
            evidence.setdefault(category, []).append(phrase)
    best = sorted(scores, key=lambda key: (-scores[key], key))[:most]
    return tuple(
        Suggestion(key, lexicon.names[key], round(scores[key], 2), tuple(evidence[key])) for key in best if scores[key] >= LEAST
    )
