"""Telegram: updates become invocations, replies become messages; nothing here decides."""
