"""Work of whoever runs the site: backup, copies, links, files without a record."""
