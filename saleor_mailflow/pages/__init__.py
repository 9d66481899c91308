"""The pages that people see: stop the mail, choose what to get, sign up, confirm, back to the cart. Never a login."""
