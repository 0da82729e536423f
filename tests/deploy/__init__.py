"""The embedded platform, really started."""
