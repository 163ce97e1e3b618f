"""News from outside: feeds read with distrust, the coins they name, their tone, and what it says of a market."""
