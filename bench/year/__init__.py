"""A whole national school year, written straight to our topics as the services would publish it, from one seed.

Nothing here asks a service or a database: two runs of one seed and size give the same records in the same order, and
the truth about them is counted by plain arithmetic while they are made.
"""
