"""The program `cordees`. One module a command; what the commands do lives elsewhere in `deploy`."""
