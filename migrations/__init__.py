"""Migrations, shipped as saleor_mailflow.migrations."""
