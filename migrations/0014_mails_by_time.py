"""What screens ask of a time is found without reading every mail there ever was, at next to no cost for sending."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailflow', '0013_products_news'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='message',
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=['planned_at'], name='mailflow_message_planned', pages_per_range=32
            ),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(
                condition=models.Q(('clicked_at__isnull', False)),
                fields=['shop', 'clicked_at'],
                name='mailflow_message_clicked',
            ),
        ),
    ]
