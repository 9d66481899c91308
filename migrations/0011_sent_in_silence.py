"""What staff sent without a word to the customer begins no flow."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailflow', '0010_line_pictures'),
    ]

    operations = [
        migrations.AddField(
            model_name='purchase',
            name='silent',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
