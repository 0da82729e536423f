"""Tests of inscriptions."""
