"""Details that the workbook reader leaves out: error cells, formulas without a result, the 1904 epoch.

The reader gives such cells as blanks, and a blank would count as a cell without content. Runs in the child process, under its
limits.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from gridconsole.importing.scan import ods, xls, xlsb, xlsx
from gridconsole.importing.scan.book import COLUMN_LIMIT, NO_RESULT, ROW_LIMIT, Book, Marks
from gridconsole.importing.scan.package import Package
from gridconsole.importing.scan.xml import Forged

__all__ = ["COLUMN_LIMIT", "NO_RESULT", "ROW_LIMIT", "Book", "Forged", "Marks", "book_of"]


def book_of(raw: bytes, names: Sequence[str]) -> Book:
    """Return the details of a workbook, by the names of its sheets in the reader's order.

    Raises:
        Forged: a part defines entities or is no XML.
        zipfile.BadZipFile: an archive that is none.
    """
    if not raw.startswith(b"PK"):
        return xls.book_of(raw)
    package = Package(zipfile.ZipFile(io.BytesIO(raw)))
    return xlsx.book_of(package, names) or xlsb.book_of(package) or ods.book_of(package.archive) or Book()
