"""A process beside the console that keeps the demo district busy: new reports arrive, and other operators act on cases.

It ends when the parent's end of the pipe closes, for any reason.
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from gridconsole import language
from gridconsole.demo.casework import Player
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.states import State
from gridconsole.services import casework
from gridconsole.services.office import Office, open_office
from gridconsole.store import queue

SECONDS_BETWEEN = (1.5, 5.0)
DISPATCH_BACKLOG = 12
"""Number of cases waiting for dispatch above which the feeder dispatches too. Up to it they are left to the user of the console."""
_SAMPLE = 400


@contextlib.contextmanager
def running(path: Path, seed: int) -> Iterator[None]:
    """Run the feeder process for as long as the block runs."""
    process = subprocess.Popen(  # noqa: S603  our own module, no shell
        [sys.executable, "-P", "-m", "gridconsole.demo.feeder", str(path), str(seed), language.chosen()],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()


def feed(office: Office, player: Player) -> None:
    """Carry out an event: a new report, or a step of a case that does not wait for the user of the console."""
    with office.database.reading() as connection:
        rows = queue.open_queue(connection, office.id, _SAMPLE)
    waiting = [row for row in rows if row.state is State.TO_DISPATCH]
    others = [row for row in rows if row.state not in (State.TO_DISPATCH, State.HANDLING)]
    ready = [row for row in rows if row.state is State.HANDLING and player.random.random() < 0.05]
    pool = others + ready + (waiting if len(waiting) > DISPATCH_BACKLOG else [])
    if not pool or player.random.random() < 0.3:
        with office.database.reading() as connection:
            report = player.report(connection)
        casework.intake(office, player.reporter(), report)
        return
    number = player.random.choice(pool).number
    with office.database.reading() as connection:
        chosen = player.choose(connection, number)
    if chosen is not None:
        casework.act_on(office, chosen[0], number, chosen[1])


def main(path: Path, seed: int) -> None:
    """Feed until standard input closes."""
    stop = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    office = open_office(path, "demo")
    player = Player(office, seed + 1, lambda _: None)
    player.act_as_robots()
    pace = random.Random(seed)  # noqa: S311  a play, not a secret
    while not stop.wait(pace.uniform(*SECONDS_BETWEEN)):
        # The user of the console may act first, or the file may be busy: skip this event.
        with contextlib.suppress(GridConsoleError):
            feed(office, player)
    office.close()


if __name__ == "__main__":
    language.choose(sys.argv[3])
    main(Path(sys.argv[1]), int(sys.argv[2]))
