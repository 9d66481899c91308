"""What a webhook brought is packed by a quicker hand, as mails are (0005): a shopper's request waits for it."""

from django.db import migrations

PACK = """
DO $$ BEGIN
    EXECUTE 'ALTER TABLE mailflow_event ALTER COLUMN payload SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN
    RAISE NOTICE 'Payloads are stored with pglz: this PostgreSQL has no lz4.';
END $$
"""
UNPACK = """
DO $$ BEGIN
    EXECUTE 'ALTER TABLE mailflow_event ALTER COLUMN payload SET COMPRESSION default';
EXCEPTION WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN
    RAISE NOTICE 'This PostgreSQL has nothing to undo here.';
END $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('mailflow', '0011_sent_in_silence'),
    ]

    operations = [migrations.RunSQL(PACK, UNPACK)]
