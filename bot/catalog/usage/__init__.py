"""How many bytes repositories hold, own and shared, as the catalog knows it."""
