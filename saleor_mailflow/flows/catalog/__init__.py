"""The prebuilt flows, one file each. Standard library only."""
