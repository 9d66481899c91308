"""Lifecycle email that lives inside a Saleor shop.

This package module stays empty: Saleor imports it at start-up, and nothing of ours may break a shop."""
