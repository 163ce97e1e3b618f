"""The voters: pure functions from a feature frame to a score in [-1, 1] for every bar (NaN = abstains)."""

from signals.voters.ballot import VOTERS, Voter

__all__ = ["VOTERS", "Voter"]
