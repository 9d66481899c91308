"""What every mutation answers: what was done, and errors that each name a field, a sentence and a code.

Refuses to answer a mistake of the caller with anything but such an error, and to hide one of our own behind it.
"""

from __future__ import annotations

from typing import Any

import graphene

from saleor_mailflow.exceptions import ConfigurationError, Conflict, MailflowError
from saleor_mailflow.graphql.errors import ApiError
from saleor_mailflow.graphql.words import words

MailflowErrorCode = words(
    "MailflowErrorCode",
    "What kind of mistake was made.",
    {
        "GRAPHQL_ERROR": "An id or argument has the wrong form.",
        "INVALID": "A value cannot be used; the message says why.",
        "NOT_FOUND": "There is no such thing in this shop.",
        "REQUIRED": "Something that is needed was left out.",
        "CONFLICT": "Somebody else changed the same thing meanwhile; load it and make your change again.",
        "NOT_NOW": "It cannot be done at this moment; the message says what is in the way.",
    },
)


class Error(graphene.ObjectType):
    """Something that kept a mutation from being done."""

    class Meta:
        name = "MailflowError"
        description = "Something that kept a mutation from being done."

    field = graphene.String(description="The argument or input field it is about; null where it is about none.")
    message = graphene.String(required=True, description="What is wrong, and what to do next, in a sentence.")
    code = MailflowErrorCode(required=True, description="What kind of mistake it is.")


class Wrong(ApiError):
    """A mistake of the caller in a mutation; in a query it is an ordinary error."""

    def __init__(self, message: str, *, field: str | None = None, code: str = "INVALID") -> None:
        super().__init__(message)
        self.field = field
        self.kind = code


class BaseMutation(graphene.Mutation):
    """A mutation. Subclasses say in ``perform`` what is done, and return what their payload shows."""

    class Meta:
        abstract = True

    @classmethod
    def __init_subclass_with_meta__(cls, description: str = "", **options: Any) -> None:
        """Give every payload its ``errors``, and say whose it is."""
        cls.errors = graphene.List(
            graphene.NonNull(Error), required=True, description="What kept it from being done; empty when it was."
        )
        super().__init_subclass_with_meta__(description=description, **options)

    @classmethod
    def perform(cls, context: Any, **arguments: Any) -> dict[str, Any]:
        """Do it and return the payload's fields. Raises Wrong, or any MailflowError, for what the caller can mend."""
        raise NotImplementedError(f"{cls.__name__} does not say what it does.")

    @classmethod
    def mutate(cls, root: Any, info: graphene.ResolveInfo, **arguments: Any) -> Any:
        """Do it; a mistake of the caller becomes one of ``errors``."""
        try:
            return cls(errors=[], **cls.perform(info.context, **arguments))
        except (Wrong, MailflowError) as error:
            return cls.refused(error)

    @classmethod
    def refused(cls, error: Exception, **shown: Any) -> Any:
        """Return the payload for a mistake of the caller, with what there is to show. Raises any other error again."""
        match error:
            case Wrong():
                said = Error(field=error.field, message=str(error), code=error.kind)
            case ConfigurationError():
                said = Error(field=error.key or None, message=str(error), code="INVALID")
            case Conflict():
                said = Error(field=None, message=str(error), code="CONFLICT")
            case MailflowError():
                said = Error(field=None, message=str(error), code="INVALID")
            case _:
                raise error
        return cls(errors=[said], **shown)
