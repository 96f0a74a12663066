"""Pruning: which old tags and manifests of a repository go, and what has to stay."""
