"""Discord's face: parses what people send, calls one command, renders the reply. The only home of discord.py."""
