"""From recorded events to the read model, and on to who must leave or may enter. Never sends."""
