"""What happened: activities planned, held and cancelled, with their rolls. See README.md."""
