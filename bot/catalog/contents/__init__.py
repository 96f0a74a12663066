"""What repositories hold: tags, manifests, and which bytes those share."""
