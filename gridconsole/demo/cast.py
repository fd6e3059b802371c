"""Who acts in the demo, and how often what happens."""

from __future__ import annotations

from gridconsole.domain.workflow import Role, Satisfaction, Solved, Source

PEOPLE: tuple[tuple[str, Role], ...] = (
    ("刘洋", Role.ACCEPTOR),
    ("周婷", Role.ACCEPTOR),
    ("陈刚", Role.SHIFT_LEADER),
    ("王芳", Role.DISPATCHER),
    ("马俊", Role.DISPATCHER),
    ("赵敏", Role.INSPECTOR),
    ("孙磊", Role.INSPECTOR),
    ("李娜", Role.CLERK),
    ("何建国", Role.LEADER),
)

SOURCES: tuple[tuple[Source, int], ...] = (
    (Source.WARDEN, 34),
    (Source.HOTLINE_12345, 28),
    (Source.PUBLIC, 13),
    (Source.INSPECTOR, 12),
    (Source.VIDEO, 5),
    (Source.ONLINE, 4),
    (Source.LEADER, 2),
    (Source.POLICE_110, 2),
)

REPORTS_PER_WORKDAY = (38, 56)
REPORTS_PER_REST_DAY = (10, 18)
"""Fewest and most reports of a day."""

URGENT, MAJOR = 0.05, 0.04
DECLINED, UNTRUE, SETTLED, SENT_BACK = 0.04, 0.06, 0.35, 0.02
SECOND_CHOICE, REDISPATCHED, RETURNED = 0.08, 0.03, 0.03
HANDLED_LATE, HANDLED_VERY_LATE, REWORKED = 0.11, 0.03, 0.07
"""Shares of the cases that get there."""

URGED_FROM, URGED = 150, 0.06
"""From this per cent of its limit a leader may order a case to be done; share of those that are, at each look."""
UNREACHED = 0.18
"""Share of the calls that reach nobody."""
ANSWERS: tuple[tuple[Solved, Satisfaction, int], ...] = (
    (Solved.YES, Satisfaction.VERY, 30),
    (Solved.YES, Satisfaction.SATISFIED, 38),
    (Solved.YES, Satisfaction.UNDERSTANDING, 9),
    (Solved.PARTLY, Satisfaction.SATISFIED, 5),
    (Solved.PARTLY, Satisfaction.UNDERSTANDING, 8),
    (Solved.NO, Satisfaction.UNDERSTANDING, 3),
    (Solved.NO, Satisfaction.DISSATISFIED, 7),
)
"""What those say who are reached, and how often."""
REOPENED = 0.6
"""Share of the dissatisfied whose case is opened again."""
