"""GridConsole: a terminal command centre for urban community grid governance.

A module imports only from its own layer or from the layers below it.

    cli                   commands; options in, words or JSON out
    console               the full-screen console
    demo                  an invented district
    importing, reporting  sheets in; reports and sheets out
    services              one function per thing a person does; rights, one transaction, one ledger entry
    store                 every query; engine, migrations, locks
    language              every word that a person reads
    domain                the rules, and the rows that people read (domain/views); standard library only

    archive               sealing and retiring years; each of its modules lies on the layer of its work

``files`` is the only writer of files that a person names. ``.github/CONTRIBUTING.md`` says how to add to each of them.
"""

import os

# python-docx brings lxml, and openpyxl would use it: its errors of a full disk are no OSErrors.
os.environ["OPENPYXL_LXML"] = "False"
