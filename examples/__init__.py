"""A published programme as data, and the three programs that prove its figures. None imports the platform."""
