"""What registries tell us: who did what, and what follows from it."""
