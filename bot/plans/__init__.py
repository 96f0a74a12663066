"""What commands have in common when they plan a change: reading, ordering, counting."""
