"""What the database itself does for the record, and what is asked of it."""
