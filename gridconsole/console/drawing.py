"""Screens that are drawn once for all of their changes. Textual draws some of them two and three times."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import Screen

T = TypeVar("T")


class DrawnOnce(Screen[T]):
    """A screen that is not drawn in vain."""

    def _compositor_refresh(self) -> None:
        """Draw nothing while the application makes several changes at once: the picture would be thrown away."""
        if self.app._batch_count:
            self.refresh()
        else:
            super()._compositor_refresh()

    def _on_timer_update(self) -> None:
        """Draw everything with the new layout, where both are due: not the layout first, and then everything again."""
        if self._layout_required and self._repaint_required and not self.app._batch_count:
            self._repaint_required = False
            self._dirty_widgets.add(self)
        super()._on_timer_update()
