"""How much of what people bought since is not in a product's pairings yet: a little is no reason to reckon them anew."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailflow', '0012_payloads_packed'),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='news',
            field=models.IntegerField(db_default=0, default=0),
        ),
    ]
