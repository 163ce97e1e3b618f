"""Everything a person or a clock touches: composition root, commands, chat adapters, jobs, CLI."""
