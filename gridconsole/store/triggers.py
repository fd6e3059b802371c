"""Triggers that hold the ledger to what it promises, whoever writes to the file through SQL."""

LEDGER_TRIGGERS = (
    """CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_chain BEFORE INSERT ON ledger
       WHEN NEW.seq <> coalesce((SELECT max(seq) FROM ledger WHERE office_id = NEW.office_id), 0) + 1
         OR NEW.prev <> coalesce((SELECT hash FROM ledger WHERE office_id = NEW.office_id ORDER BY seq DESC LIMIT 1), zeroblob(32))
       BEGIN SELECT RAISE(ABORT, 'the ledger would fork'); END""",
    """CREATE TRIGGER ledger_personal_erase_only BEFORE UPDATE ON ledger_personal
       WHEN NEW.body IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.seq <> OLD.seq OR NEW.office_id <> OLD.office_id
       BEGIN SELECT RAISE(ABORT, 'personal values can only be erased'); END""",
    """CREATE TRIGGER ledger_personal_no_delete BEFORE DELETE ON ledger_personal
       BEGIN SELECT RAISE(ABORT, 'personal values can only be erased'); END""",
    """CREATE TRIGGER incident_no_delete BEFORE DELETE ON incident
       BEGIN SELECT RAISE(ABORT, 'a case is never deleted'); END""",
    """CREATE TRIGGER incident_version BEFORE UPDATE OF state, version, handler_id ON incident
       WHEN NEW.version <> OLD.version + 1
       BEGIN SELECT RAISE(ABORT, 'a case changes one version at a time'); END""",
)

CASE_TRIGGERS = (
    """CREATE TRIGGER incident_merge BEFORE UPDATE OF merged_into ON incident
       WHEN NEW.merged_into IS NOT NULL AND NEW.merged_into IS NOT OLD.merged_into AND (
         NEW.merged_into = NEW.number
         OR NOT EXISTS (SELECT 1 FROM incident WHERE office_id = NEW.office_id AND number = NEW.merged_into AND merged_into IS NULL)
         OR EXISTS (SELECT 1 FROM incident WHERE office_id = NEW.office_id AND merged_into = NEW.number))
       BEGIN SELECT RAISE(ABORT, 'a case that leads others follows none'); END""",
)
"""Added by the migration that made merging possible."""
