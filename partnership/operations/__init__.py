"""Jobs of whoever operates the site: backup, database copy, static export, link check, orphaned files."""
