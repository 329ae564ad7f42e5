"""Database triggers for the record, and system checks of the database."""
