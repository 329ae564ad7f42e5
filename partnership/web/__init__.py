"""What stands around every request: page cache, headers, limits, error pages, log."""
