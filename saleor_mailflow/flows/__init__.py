"""The heart: flow definitions, the engine and what runs them."""
