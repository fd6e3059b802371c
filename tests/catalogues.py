"""Reads catalogues of texts as they are written: the .po files beside the compiled ones."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

from gridconsole.language import LOCALE


def read_po(path: Path) -> dict[tuple[str, str | None], tuple[str, ...]]:
    """Read the entries of a .po file: (singular, plural or None) to the forms of the text."""
    entries: dict[tuple[str, str | None], tuple[str, ...]] = {}
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        fields: dict[str, str] = {}
        keyword = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if not line.startswith('"'):
                keyword, _, line = line.partition(" ")
            fields[keyword] = fields.get(keyword, "") + ast.literal_eval(line)
        key = (fields["msgid"], fields.get("msgid_plural"))
        assert key not in entries, key
        entries[key] = tuple(text for name, text in sorted(fields.items()) if name.startswith("msgstr"))
    return entries


def path_of(language: str, domain: str = "gridconsole") -> Path:
    """Return the file of a language's texts."""
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


@functools.cache
def texts(language: str) -> dict[str, tuple[str, ...]]:
    """Return the forms of every text of a language, by key."""
    entries = read_po(path_of(language))
    return {key: forms for (key, _), forms in entries.items() if key}


CHINESE: dict[str, str] = {key: forms[0] for key, forms in texts("zh_CN").items()}
"""Every Chinese text by key."""
