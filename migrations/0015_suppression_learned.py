"""When we heard of a suppression that another system had: mail that left before is nobody's fault."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailflow', '0014_mails_by_time'),
    ]

    operations = [
        migrations.AddField(
            model_name='suppression',
            name='learned_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
