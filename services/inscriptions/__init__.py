"""Who: organisations, establishments, programmes, conventions, pupils, volunteers, and whose record is whose."""
