"""Our searchable copy of what the registries hold."""
