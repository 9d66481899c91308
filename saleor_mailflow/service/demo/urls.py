"""Addresses of the demo: the service's own, the door with the recorded key set behind it, and pages to look at."""

from django.urls import include, path

from saleor_mailflow.service.demo import scene
from saleor_mailflow.webhooks.views import door

urlpatterns = [
    path("webhooks/saleor/", door(fetch=scene.key_set)),
    path("", include("saleor_mailflow.urls")),
]
