"""Addresses of the standalone service: the same ones the plugin serves below /plugins/saleor.mailflow/."""

from django.urls import include, path

urlpatterns = [path("", include("saleor_mailflow.urls"))]
