"""Whether an event costs the same in a small year and in a large one, and how long national figures take there."""
