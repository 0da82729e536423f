"""What can go wrong with the embedded platform for a reason that its user should read."""


class PlatformError(Exception):
    """The embedded platform cannot start or go on. The message says why and is all that is shown."""
