"""Gets approved changes carried out, also after a crash."""
