"""The shop as Saleor's own tables show it, for a plugin that lives in the same database.

Refuses to write to them, to go through Saleor's GraphQL (70-100 ms an object) and to set off anything: no webhook,
no recalculation. Every answer takes a fixed number of queries, however large the batch.
"""

from saleor_mailflow.shop.orm.gateway import OrmShop

__all__ = ["OrmShop"]
