"""A record as text: schema, files, writing, versions, confirmations."""
