"""What services and partners say to one another. Knows no service and does no I/O."""
