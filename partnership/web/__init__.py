"""Everything around the views: page cache, middleware, rate limits, error pages, log."""
