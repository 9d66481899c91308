"""A shop with nothing due finds that out at once, however much is due in others, and whatever statistics say."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailflow", "0015_suppression_learned"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="enrollment",
            name="mailflow_enrollment_due",
        ),
        migrations.RemoveIndex(
            model_name="message",
            name="mailflow_message_due",
        ),
        migrations.RemoveIndex(
            model_name="message",
            name="mailflow_message_sending",
        ),
        migrations.RemoveIndex(
            model_name="signup",
            name="mailflow_signup_open",
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(
                condition=models.Q(("state", "active")), fields=["shop", "due_at"], name="mailflow_enrollment_due"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["planned", "claimed"])),
                fields=["shop", "due_at", "id"],
                name="mailflow_message_due",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "sending")),
                fields=["shop", "lease_until"],
                name="mailflow_message_sending",
            ),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(
                condition=models.Q(("confirmed_at__isnull", True)),
                fields=["shop", "created_at"],
                name="mailflow_signup_open",
            ),
        ),
    ]
