"""The admin site of municipal staff: forms, start page, handbook, review."""
