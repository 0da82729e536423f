"""Tests of each service by itself."""
