"""Sending what the outbox holds: nothing lost, nothing twice."""
