"""The mail a code was made for; products, what goes with them and what sells best."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailflow', '0008_audience'),
    ]

    operations = [
        migrations.CreateModel(
            name='BestSeller',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=255)),
                ('product_ref', models.CharField(max_length=100)),
                ('rank', models.IntegerField()),
                ('buyers', models.IntegerField()),
                ('pieces', models.IntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Pairing',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('product_ref', models.CharField(max_length=100)),
                ('other_ref', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('together', 'Together'), ('next', 'Next')], max_length=10)),
                ('both', models.IntegerField()),
                ('buyers', models.IntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('ref', models.CharField(max_length=100)),
                ('name', models.CharField(blank=True, default='', max_length=400)),
                ('slug', models.CharField(blank=True, default='', max_length=255)),
                ('category_ref', models.CharField(blank=True, default='', max_length=100)),
                ('category_name', models.CharField(blank=True, default='', max_length=400)),
                ('image_url', models.CharField(blank=True, default='', max_length=1000)),
                ('buyers', models.IntegerField(default=0)),
                ('first_seen_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('looked_at', models.DateTimeField(blank=True, null=True)),
                ('stale', models.BooleanField(default=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='coupon',
            name='message',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='mailflow.message'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(condition=models.Q(('state__in', ['minted', 'given'])), fields=['shop', 'expires_at'], name='mailflow_coupon_over'),
        ),
        migrations.AddField(
            model_name='bestseller',
            name='shop',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop'),
        ),
        migrations.AddField(
            model_name='pairing',
            name='shop',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop'),
        ),
        migrations.AddField(
            model_name='product',
            name='shop',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop'),
        ),
        migrations.AddConstraint(
            model_name='bestseller',
            constraint=models.UniqueConstraint(fields=('shop', 'channel', 'product_ref'), name='mailflow_best_seller_once'),
        ),
        migrations.AddConstraint(
            model_name='pairing',
            constraint=models.UniqueConstraint(fields=('shop', 'product_ref', 'kind', 'other_ref'), name='mailflow_pairing_once'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(condition=models.Q(('stale', True)), fields=['shop', 'id'], name='mailflow_product_stale'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(condition=models.Q(('category_ref', ''), _negated=True), fields=['shop', 'category_ref', '-buyers'], name='mailflow_product_category'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('shop', 'ref'), name='mailflow_product_once'),
        ),
    ]
