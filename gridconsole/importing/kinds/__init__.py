"""Kinds of sheets that can be imported."""

from __future__ import annotations

from collections.abc import Mapping

from gridconsole.domain.errors import UnknownWord
from gridconsole.importing.kinds.areas import AreasPlan
from gridconsole.importing.kinds.catalogue import CataloguePlan
from gridconsole.importing.kinds.components import ComponentsPlan
from gridconsole.importing.kinds.departments import DepartmentsPlan
from gridconsole.importing.kinds.feedback import FeedbackPlan
from gridconsole.importing.kinds.grids import GridsPlan
from gridconsole.importing.kinds.incidents import IncidentsPlan
from gridconsole.importing.kinds.leave import LeavePlan
from gridconsole.importing.kinds.teams import TeamsPlan
from gridconsole.importing.kinds.wardens import WardensPlan
from gridconsole.importing.plan import Plan
from gridconsole.language import NAMES, t, text_in
from gridconsole.language.vocabulary import plain

KINDS: dict[str, type[Plan]] = {
    "areas": AreasPlan,
    "grids": GridsPlan,
    "departments": DepartmentsPlan,
    "wardens": WardensPlan,
    "teams": TeamsPlan,
    "leave": LeavePlan,
    "catalogue": CataloguePlan,
    "components": ComponentsPlan,
    "incidents": IncidentsPlan,
    "feedback": FeedbackPlan,
}
"""Plans by the name the command line gives them, in the order a new office needs them."""
_ALSO: Mapping[str, tuple[str, ...]] = {
    "areas": ("街道", "社区", "街道社区", "行政区划"),
    "departments": ("部门", "处置单位", "units"),
    "wardens": ("花名册", "名册", "网格员名册", "网格员花名册"),
    "catalogue": ("立案标准", "案件目录", "分类"),
    "incidents": ("工单", "台账", "案件台账", "cases"),
    "teams": ("队伍", "团队", "队伍名册"),
    "leave": ("请假", "请假表", "请假登记", "休假", "假条"),
    "feedback": ("反馈", "处置结果", "办理结果", "反馈表"),
}
"""Further names of kinds that people use."""


def kind_named(word: str, *others: str) -> str:
    """Return a kind by its code, or by its name in any language.

    Args:
        others: further codes that are no kinds, such as ``auto``.

    Raises:
        UnknownWord: it is neither; the error lists both.
    """
    wanted = plain(word)
    for code in (*KINDS, *others):
        names = (code, *(text_in(language, f"kind.{code}") for language in NAMES), *_ALSO.get(code, ()))
        if wanted in map(plain, names):
            return code
    raise UnknownWord(what="kind", word=word, choices=[f"{code}({t(f'kind.{code}')})" for code in (*KINDS, *others)])
