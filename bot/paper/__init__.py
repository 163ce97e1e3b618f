"""Paper trading: opening, closing, following, importing and exporting; no order is ever sent anywhere."""
