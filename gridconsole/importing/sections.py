"""Lists whose sheet name, title or section rows name the community of the rows below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.codes import Level

if TYPE_CHECKING:
    from gridconsole.importing.references import AreaNames
    from gridconsole.importing.rows import SheetRow

_FEWEST = 2
"""Headings of a table in which a row with a name alone may begin a section."""


class BySections:
    """A plan that takes the community of a row without one from what stands above it."""

    _areas: AreaNames
    _sheet_community: str = ""
    """The community that the sheet's name, its title or the last section row names."""

    def sheet(self, name: str, titles: str) -> None:
        """Begin a table."""
        named = (self._areas.named_in(said, Level.COMMUNITY) for said in (name, titles))
        self._sheet_community = next(filter(None, named), "")

    def begins_section(self, row: SheetRow) -> bool:
        """Take a row with nothing but the whole name of a community as the community of the rows below."""
        said = {str(cell).strip() for cell in row.cells if cell not in (None, "")}
        community = self._areas.find(next(iter(said)), level=Level.COMMUNITY) if len(said) == 1 else None
        if community is None or len(row.written) < _FEWEST or community.name not in said:
            return False
        self._sheet_community = community.name
        return True
