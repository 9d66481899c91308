"""One file a step type. Standard library only."""
