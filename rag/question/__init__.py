"""From a person's words to what is asked: normalise, parse, carry slots, route."""
