"""Categories suggested by names and aliases: right for what neighbours say, silent for the rest, each with its evidence."""

from __future__ import annotations

import pytest
from labelled_reports import IN_SCOPE, OUT_OF_SCOPE

from gridconsole.domain.catalogue import Category
from gridconsole.domain.codes import CategoryKind
from gridconsole.domain.suggestion import Lexicon, suggest
from gridconsole.services.aliases import shipped


def lexicon(aliases: dict[str, tuple[str, ...]] | None = None) -> Lexicon:
    known = dict(shipped()) if aliases is None else aliases
    names = sorted({minor for minors in shipped().values() for minor in minors} | {name for _, name in IN_SCOPE})
    return Lexicon.of(
        [Category(at, "S", CategoryKind.EVENT, "01", "类", f"{at:02}", name, False) for at, name in enumerate(names, 1)], known
    )


def test_three_suggestions_hold_the_right_one_for_four_in_five_and_are_silent_for_nine_in_ten_of_the_rest() -> None:
    words = lexicon()
    right = [said for said, name in IN_SCOPE if name in [one.name for one in suggest(said, words)]]
    wrong = [(said, [one.name for one in suggest(said, words)]) for said in OUT_OF_SCOPE if suggest(said, words)]
    missed = {said: [one.name for one in suggest(said, words)] for said, _ in IN_SCOPE if said not in right}
    assert len(right) >= 0.8 * len(IN_SCOPE), missed
    assert len(wrong) <= 0.1 * len(OUT_OF_SCOPE), wrong


@pytest.mark.parametrize("said", [said for said, _ in IN_SCOPE])
def test_every_suggestion_rests_on_words_of_the_text(said: str) -> None:
    for one in suggest(said, lexicon()):
        assert one.evidence
        assert all(word in said.lower() for word in one.evidence)


def test_an_alias_taken_away_takes_its_suggestion_away() -> None:
    assert [one.name for one in suggest("遛狗不拴绳", lexicon())] == ["违规养犬"]
    without = {word: minors for word, minors in shipped().items() if "违规养犬" not in minors}
    assert suggest("遛狗不拴绳", lexicon(without)) == ()


def test_words_inside_the_name_of_an_office_say_nothing() -> None:
    assert suggest("路灯管理所的电话打不通", lexicon()) == ()
    assert suggest("", lexicon()) == ()
