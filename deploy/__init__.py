"""How it runs: embedded on one machine, in containers, and the program `cordees`."""
