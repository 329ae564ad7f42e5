"""What people know comes in: the form, the private page, files, the inbox of staff, disposal."""
