"""The three services. None imports another: they meet on topics."""
