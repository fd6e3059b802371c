"""The only place that knows SQL: tables, engine, migrations, and queries that return frozen rows."""
