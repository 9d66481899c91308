from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailflow', '0003_newest_word'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'unknown')), fields=['shop', 'intent_at'], name='mailflow_message_unknown'),
        ),
    ]
