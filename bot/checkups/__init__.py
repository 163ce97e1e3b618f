"""The doctor's looks at single parts."""
