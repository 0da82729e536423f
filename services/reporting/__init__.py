"""What it all amounts to: facts as they were published, and the figures that are computed from them."""
