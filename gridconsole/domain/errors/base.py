"""The root of the error tree: the base class of errors, and the families that exit statuses follow."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, TypeVar, dataclass_transform

K = TypeVar("K")


class Family(StrEnum):
    """Meaning of an error for the caller; the command line turns it into an exit status."""

    USAGE = "usage"
    """The words given are wrong, whatever the database contains."""
    REFUSED = "refused"
    """A rule or the data forbids it; nothing was written."""
    UNREADABLE = "unreadable"
    """A file given by the user cannot be read."""
    DATABASE = "database"
    """The database is busy, missing, foreign or broken."""
    INTERNAL = "internal"
    """A fault of the program."""


@dataclass_transform(kw_only_default=True, eq_default=False)
def error(kind: type[K]) -> type[K]:
    """Make an error class: its annotated names are fields, given by name, and those of its base are fields too.

    No equality and no representation, which could reveal personal data. No code is generated: a program that starts declares
    150 of these classes, and as dataclasses they took a tenth of the time of a command.
    """
    own = (name for name, hint in vars(kind).get("__annotations__", {}).items() if not hint.startswith("ClassVar"))
    kind.field_names = tuple(dict.fromkeys((*getattr(kind, "field_names", ()), *own)))  # type: ignore[attr-defined]
    return kind


@error
class GridConsoleError(Exception):
    """Base of every error the program raises on purpose: a stable code and typed fields, never a sentence.

    The sentence is the text ``error.CODE`` of the catalogue, and its advice is ``hint.CODE``; both may use the fields.
    """

    code: ClassVar[str] = "X000"
    family: ClassVar[Family] = Family.INTERNAL
    field_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **given: object) -> None:
        """Fill the fields; a field without a value has the default of its class.

        Raises:
            TypeError: a name that is no field, or a field with neither a value nor a default.

        """
        super().__init__()
        wrong = given.keys() - set(self.field_names)
        missing = [name for name in self.field_names if name not in given and not hasattr(type(self), name)]
        if wrong or missing:
            raise TypeError(f"{type(self).__name__}: unknown {sorted(wrong)}, missing {missing}")
        vars(self).update(given)

    @property
    def params(self) -> dict[str, object]:
        """Return every field that has a value, by name."""
        said = {name: getattr(self, name) for name in self.field_names}
        return {name: value for name, value in said.items() if value is not None}

    def __str__(self) -> str:
        return f"{self.code} {type(self).__name__}"


@error
class UsageRefused(GridConsoleError):
    """Base of errors in the words the user gave; raised itself for a command line that is not a command."""

    family = Family.USAGE
    code = "U000"


@error
class Refused(GridConsoleError):
    """Base of refusals by a rule or by the data; nothing was written."""

    family = Family.REFUSED


@error
class Denied(Refused):
    """Base of refusals for lack of a right, whatever the state of the data: each is recorded in the ledger."""
