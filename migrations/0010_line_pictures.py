"""What was bought can be shown: its picture, and the name of its page."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailflow', '0009_offers_and_products'),
    ]

    operations = [
        migrations.AddField(
            model_name='purchaseline',
            name='image_url',
            field=models.CharField(blank=True, db_default='', default='', max_length=1000),
        ),
        migrations.AddField(
            model_name='purchaseline',
            name='product_slug',
            field=models.CharField(blank=True, db_default='', default='', max_length=255),
        ),
    ]
