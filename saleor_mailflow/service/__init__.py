"""The standalone Django project and the demo shop."""
