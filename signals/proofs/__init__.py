"""Proofs that no number knows its future, and how much past each needs."""
