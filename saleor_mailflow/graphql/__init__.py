"""The GraphQL API: everything the product does, for the Dashboard's screens and for programs. Decides nothing."""
