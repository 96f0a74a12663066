"""Who must agree to a change, and what becomes of the request."""
