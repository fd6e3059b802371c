"""Fixtures every floor's tests share."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from logins import hold_tokens
from office_cli import (
    _surroundings,
    blank_office,
    blank_template,
    demo_office,
    demo_template,
    office_clock,
    office_of,
    small_office,
    small_template,
)
from quick import compile_once, fork_readers, hash_cheaply, stay_in_the_foreground, stretch_cheaply
from small_office import Clock, StaffedOffice, build

from gridconsole import language
from gridconsole.services import office as offices
from gridconsole.services.office import Office

IN_MEMORY = "/dev/shm"  # noqa: S108  pytest makes a private folder of its own in it

__all__ = [
    "_surroundings",
    "blank_office",
    "blank_template",
    "demo_office",
    "demo_template",
    "office_clock",
    "office_of",
    "small_office",
    "small_template",
]

# Offices of tests live in memory where the system has such a folder with room: their databases wait for the disk otherwise.
if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > 2 << 30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)

# What the tests import stays for good: looking through all of it again and again for rubbish took a sixth of their time.
gc.set_threshold(200_000, 50, 1_000)

# The same examples every time, none kept beside the sources, no deadline: tests say what is right, not how fast.
# HYPOTHESIS_PROFILE=search looks further afield, at other examples each time.
settings.register_profile("office", derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("search", settings.get_profile("office"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "office"))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than there are cores: a tenth of the time of the tests is waiting, for timers and for processes."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _no_year() -> Iterator[None]:
    """Forget the clock by which times are worded after each test."""
    yield
    language.follow(None)


@pytest.fixture(scope="session", autouse=True)
def _log_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep log-ins and drafts of tests in folders of their own, and spare what no test tries."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("run")
        folder.chmod(0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        for name in ("GRIDCONSOLE_OPERATOR", "GRIDCONSOLE_PASSWORD_FILE"):
            patch.delenv(name, raising=False)
        hash_cheaply(patch)
        stay_in_the_foreground(patch)
        compile_once(patch)
        stretch_cheaply(patch)
        readers = fork_readers(patch)
        yield
        if readers is not None:
            readers.close()


@pytest.fixture
def clock() -> Clock:
    """The time of the test; move it with ``clock.advance(minutes=5)``."""
    return Clock()


@pytest.fixture(scope="session")
def office_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database with the small register, built once; copy it, never open it."""
    return build(tmp_path_factory.mktemp("template"), Clock())


@pytest.fixture
def office_file(office_template: Path, tmp_path: Path) -> Path:
    """A fresh copy of the office, closed, with everybody logged in on this terminal."""
    return hold_tokens(Path(shutil.copy(office_template, tmp_path / "office.db")))


@pytest.fixture
def open_another(office_file: Path, clock: Clock) -> Iterator[Callable[[], Office]]:
    """Opens the same office once more, as another terminal does."""
    everything: list[Office] = []

    def once_more() -> Office:
        everything.append(offices.open_office(office_file, "console", clock))
        return everything[-1]

    yield once_more
    for opened in everything:
        opened.close()


@pytest.fixture
def opened(office_file: Path, clock: Clock) -> Iterator[Office]:
    """The office, open, at a working Monday morning."""
    opened = offices.open_office(office_file, "cli", clock)
    yield opened
    opened.close()


@pytest.fixture
def office(opened: Office, clock: Clock) -> StaffedOffice:
    """The open office with its people, grids, categories and handlers by name."""
    return StaffedOffice.of(opened, clock)
