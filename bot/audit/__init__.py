"""The record: who asked, who agreed, what was done; a chain nobody can edit unseen."""
