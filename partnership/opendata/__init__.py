"""The record as open data: tables, the data package, the catalogue entry, and descriptions for search engines."""
