"""Keys of the console, each with its label from the catalogue."""

from __future__ import annotations

from typing import Any

from textual.binding import Binding

from gridconsole.language import has, t


def bind(keys: str, action: str, name: str, **options: Any) -> Binding:
    """Return the binding of an action; its label is the text ``key.NAME``, and its tooltip ``key.NAME.tip`` if that exists.

    Args:
        keys: one key, or several with commas between them.
        name: the id of the binding, unique in the console.
        options: further fields of :class:`textual.binding.Binding`.
    """
    label, tip = f"key.{name}", f"key.{name}.tip"
    return Binding(keys, action, t(label), id=name, tooltip=t(tip) if has(tip) else "", **options)
