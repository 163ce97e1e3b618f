"""How the composition root builds its larger parts; used by `bot.app` only."""
