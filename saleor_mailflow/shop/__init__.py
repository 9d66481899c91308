"""The port to the shop: what it looks like now, whichever road we reach it by. Never writes to it."""
