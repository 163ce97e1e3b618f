"""Alerts as people write and read them."""
