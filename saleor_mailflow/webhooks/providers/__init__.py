"""The door for what mail providers say of a mail after they took it. Refuses what is not provably from them."""
