"""Who we may write to: contacts, consent, suppression. Never sends."""
