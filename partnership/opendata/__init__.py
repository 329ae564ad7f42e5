"""The record as data for others: tables, the data package, the catalogue entry, and descriptions for search engines."""
