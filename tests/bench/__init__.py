"""Tests of what speed is measured with."""
