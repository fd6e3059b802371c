"""Programs that are killed in the middle of their work."""

from __future__ import annotations

import subprocess
import sys


def ran_to_its_end(code: str, *words: object, patience: float) -> bool:
    """Run Python code that prints a line once it is ready and ``done`` at its end; kill it so many seconds after the first.

    Returns whether it reached its end.
    """
    command = [sys.executable, "-c", code, *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
        return "done" in process.stdout.read()
