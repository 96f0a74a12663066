"""What the registries are able to do, remembered between two looks."""
