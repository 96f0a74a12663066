"""The database: connections, tables, migrations. Queries live in the stores."""
