"""What is undecided is found by an index of its own, and so is who else was behind a network address."""

import django.db.models.fields.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailflow", "0005_sending_storage"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="deliveryevent",
            index=models.Index(
                condition=models.Q(("by_machine__isnull", True), ("kind__in", ["opened", "clicked"])),
                fields=["shop", "received_at", "id"],
                name="mailflow_delivery_undecided",
            ),
        ),
        migrations.AddIndex(
            model_name="deliveryevent",
            index=models.Index(
                models.F("shop"),
                django.db.models.fields.json.KeyTextTransform("network", "detail"),
                models.F("at"),
                condition=models.Q(("kind__in", ["opened", "clicked"]), ("source", "ours")),
                name="mailflow_delivery_network",
            ),
        ),
    ]
