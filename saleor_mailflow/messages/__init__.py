"""The way out: gate, render, outbox, transport. Never decides who enters a flow."""
