"""Changes of grids in words: where everything lands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.roster import GridChangeKind
from gridconsole.domain.text import mask_text
from gridconsole.language import listed, t, word

if TYPE_CHECKING:
    from gridconsole.domain.grid_change import PostLanding, Preview
    from gridconsole.domain.views.roster import GridTurn


def landing_lines(shown: Preview) -> list[tuple[str, str]]:
    """Return what there is and where it lands: grids, base data, people, facilities, then each open case."""
    names = [one.name for one in shown.new]
    lines = [(t("grid_change.grid", code=code, name=name), t("grid_change.closes", day=shown.on)) for code, name in shown.old]
    for one in shown.new:
        words = t("grid_change.words", words=listed(one.words)) if one.words else ""
        lines.append(
            (t("grid_change.grid", code=one.code, name=one.name), " ".join(filter(None, (t("grid_change.opens"), words))))
        )
    lines.append((t("grid_change.base"), t(f"BaseData.{shown.base.value}")))
    lines += [(t("grid_change.post", name=one.name, rank=one.before), _post(one, names)) for one in shown.posts]
    lines += [
        (t("grid_change.components", count=count), name) for count, name in zip(shown.components, names, strict=True) if count
    ]
    rest = next((one.name for one in shown.new if one.is_rest), "")
    lines += [(t("grid_change.team", name=name), rest) for name in shown.teams]
    lines += [(f"{one.number} {mask_text(one.address)}".strip(), names[place]) for one, place in shown.cases]
    return lines


def _post(landing: PostLanding, names: list[str]) -> str:
    if not landing.into:
        return t("grid_change.post_ends")
    return listed(t("grid_change.post_in", name=names[place], rank=rank) for place, rank in landing.into)


def turn_text(turn: GridTurn) -> str:
    """Return a day in the life of a grid as one line."""
    if turn.kind:
        kind = word(GridChangeKind(turn.kind))
        return t("grid_change.turn", day=turn.on, kind=kind, old=listed(turn.old), new=listed(turn.new))
    said = listed(
        t("grid_change.changed", what=t(f"GridFact.{name}"), old=old or t("grid_change.blank"), new=new or t("grid_change.blank"))
        for name, old, new in turn.changes
    )
    return t("grid_change.data", day=turn.on, changes=said)
