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
