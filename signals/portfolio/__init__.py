"""What an account is worth, what it made and what it risks: arithmetic over values that were read before."""
