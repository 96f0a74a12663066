"""A sample registry and a chat in the terminal, for newcomers and for tests."""
