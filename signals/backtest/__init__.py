"""What the rules would have done on past candles."""
