"""The machine: occasions, profiles, segments, offers, drafts, wordings, brands, notices; purchases know more."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailflow', '0006_judging'),
    ]

    operations = [
        migrations.AddField(
            model_name='basket',
            name='considered',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='contact',
            name='attributes',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='contact',
            name='gender',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='contact',
            name='score',
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='enrollment',
            name='purchase',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='enrollments', to='mailflow.purchase'),
        ),
        migrations.AddField(
            model_name='flow',
            name='channels',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='flow',
            name='retired_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='flowversion',
            name='note',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='flowversion',
            name='published_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        migrations.AddField(
            model_name='purchase',
            name='confirmed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='purchase',
            name='fulfilled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='purchase',
            name='paid_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('conditions', models.JSONField()),
                ('size', models.IntegerField(blank=True, null=True)),
                ('counted_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SegmentMember',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='segments', to='mailflow.contact')),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='mailflow.segment')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('template', models.CharField(max_length=120)),
                ('channel', models.CharField(blank=True, default='', max_length=255)),
                ('language', models.CharField(max_length=10)),
                ('number', models.IntegerField()),
                ('subject', models.CharField(max_length=300)),
                ('preheader', models.CharField(blank=True, default='', max_length=300)),
                ('html', models.TextField()),
                ('text', models.TextField()),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(blank=True, default='', max_length=120)),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Brand',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(blank=True, default='', max_length=255)),
                ('values', models.JSONField(default=dict)),
                ('updated_at', models.DateTimeField()),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('shop', 'channel'), name='mailflow_brand_once')],
            },
        ),
        migrations.CreateModel(
            name='Coupon',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=60)),
                ('offer_key', models.CharField(max_length=60)),
                ('voucher_ref', models.CharField(blank=True, default='', max_length=100)),
                ('code', models.CharField(blank=True, default='', max_length=255)),
                ('state', models.CharField(choices=[('reserved', 'Reserved'), ('minted', 'Minted'), ('given', 'Given'), ('used', 'Used'), ('reaped', 'Reaped'), ('none', 'None')], default='reserved', max_length=10)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
                ('terms', models.JSONField(default=dict)),
                ('reserved_at', models.DateTimeField()),
                ('minted_at', models.DateTimeField(blank=True, null=True)),
                ('given_at', models.DateTimeField(blank=True, null=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='coupons', to='mailflow.contact')),
                ('enrollment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='coupons', to='mailflow.enrollment')),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state', 'minted')), fields=['shop', 'reserved_at'], name='mailflow_coupon_loose')],
                'constraints': [models.UniqueConstraint(fields=('enrollment', 'step'), name='mailflow_coupon_once'), models.UniqueConstraint(condition=models.Q(models.Q(('state', 'none'), _negated=True), models.Q(('code', ''), _negated=True)), fields=('shop', 'code'), name='mailflow_coupon_code')],
            },
        ),
        migrations.CreateModel(
            name='FlowDraft',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('flow_key', models.CharField(max_length=60)),
                ('definition', models.JSONField()),
                ('revision', models.IntegerField(default=1)),
                ('updated_at', models.DateTimeField()),
                ('updated_by', models.CharField(blank=True, default='', max_length=120)),
                ('base', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='mailflow.flowversion')),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('shop', 'flow_key'), name='mailflow_draft_once')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=60)),
                ('target', models.CharField(max_length=60)),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('done', 'Done'), ('failed', 'Failed')], default='planned', max_length=10)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('enrollment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='mailflow.enrollment')),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state', 'planned')), fields=['shop', 'due_at'], name='mailflow_notice_due')],
                'constraints': [models.UniqueConstraint(fields=('enrollment', 'step'), name='mailflow_notice_once')],
            },
        ),
        migrations.CreateModel(
            name='NoticeTarget',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=60)),
                ('url', models.URLField(max_length=500)),
                ('secret', models.CharField(max_length=500)),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('shop', 'key'), name='mailflow_target_once')],
            },
        ),
        migrations.CreateModel(
            name='Occasion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40)),
                ('of', models.CharField(blank=True, default='', max_length=120)),
                ('subject', models.CharField(blank=True, default='', max_length=120)),
                ('key', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('learned_at', models.DateTimeField()),
                ('detail', models.JSONField(blank=True, db_default={}, default=dict)),
                ('considered', models.BooleanField(default=False)),
                ('contact', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='occasions', to='mailflow.contact')),
                ('enrollment', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='mailflow.enrollment')),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('considered', False)), fields=['shop', 'id'], name='mailflow_occasion_new'), models.Index(fields=['contact', 'kind', 'at'], name='mailflow_occasion_contact')],
                'constraints': [models.UniqueConstraint(fields=('shop', 'key'), name='mailflow_occasion_once')],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('vouchers', models.JSONField(default=list)),
                ('shared_code', models.CharField(blank=True, default='', max_length=255)),
                ('days', models.SmallIntegerField(default=14)),
                ('margin_percent', models.SmallIntegerField(blank=True, null=True)),
                ('active', models.BooleanField(default=True)),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('shop', 'key'), name='mailflow_offer_once')],
            },
        ),
        migrations.CreateModel(
            name='Profile',
            fields=[
                ('contact', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='profile', serialize=False, to='mailflow.contact')),
                ('channel', models.CharField(blank=True, default='', max_length=255)),
                ('orders', models.IntegerField(default=0)),
                ('orders_12m', models.IntegerField(default=0)),
                ('spent', models.JSONField(default=dict)),
                ('spent_12m', models.JSONField(default=dict)),
                ('first_order_at', models.DateTimeField(blank=True, null=True)),
                ('last_order_at', models.DateTimeField(blank=True, null=True)),
                ('last_order_id', models.CharField(blank=True, default='', max_length=36)),
                ('last_active_at', models.DateTimeField(blank=True, null=True)),
                ('gap_days', models.FloatField(blank=True, null=True)),
                ('lifecycle', models.CharField(choices=[('new', 'New'), ('active', 'Active'), ('customer', 'Customer'), ('vip', 'Vip'), ('dormant', 'Dormant'), ('lost', 'Lost')], default='new', max_length=10)),
                ('recency', models.SmallIntegerField(blank=True, null=True)),
                ('frequency', models.SmallIntegerField(blank=True, null=True)),
                ('monetary', models.SmallIntegerField(blank=True, null=True)),
                ('vip_since', models.DateTimeField(blank=True, null=True)),
                ('vip_currency', models.CharField(blank=True, default='', max_length=3)),
                ('stale', models.BooleanField(default=False)),
                ('reckoned_at', models.DateTimeField()),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mailflow.shop')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['shop', 'last_order_at'], name='mailflow_profile_last_order'), models.Index(condition=models.Q(('stale', True)), fields=['shop', 'contact'], name='mailflow_profile_stale')],
            },
        ),
        migrations.AddConstraint(
            model_name='segment',
            constraint=models.UniqueConstraint(fields=('shop', 'key'), name='mailflow_segment_once'),
        ),
        migrations.AddConstraint(
            model_name='segmentmember',
            constraint=models.UniqueConstraint(fields=('segment', 'contact'), name='mailflow_member_once'),
        ),
        migrations.AddConstraint(
            model_name='templateversion',
            constraint=models.UniqueConstraint(fields=('shop', 'template', 'channel', 'language', 'number'), name='mailflow_template_once'),
        ),
    ]
