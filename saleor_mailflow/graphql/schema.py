"""The schema: the questions, what can be done, and the table of permissions over both."""

from __future__ import annotations

import graphene

from saleor_mailflow.graphql.guard import guard
from saleor_mailflow.graphql.mutations import Mutation
from saleor_mailflow.graphql.query import Query

schema = guard(graphene.Schema(query=Query, mutation=Mutation))
