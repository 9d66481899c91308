"""Audience: when attributes were said, whom VIP lost, when members were counted; indexes."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailflow", "0007_machine"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="attributes_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="profile",
            name="vip_left_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="segment",
            name="members_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                models.F("shop"),
                django.db.models.functions.datetime.ExtractMonth("birthday"),
                django.db.models.functions.datetime.ExtractDay("birthday"),
                condition=models.Q(("birthday__isnull", False)),
                name="mailflow_contact_birthday",
            ),
        ),
        migrations.AddIndex(
            model_name="profile",
            index=models.Index(fields=["shop", "gap_days", "last_order_at"], name="mailflow_profile_gap"),
        ),
        migrations.AddIndex(
            model_name="profile",
            index=models.Index(
                condition=models.Q(("vip_since__isnull", False)),
                fields=["shop", "contact"],
                name="mailflow_profile_vip",
            ),
        ),
    ]
