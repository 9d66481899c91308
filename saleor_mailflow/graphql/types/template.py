"""Templates: every mail there is, the merchant's own words for it, and how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import graphene

from saleor_mailflow.exceptions import TemplateFailed
from saleor_mailflow.graphql import loaders
from saleor_mailflow.graphql.ids import global_id
from saleor_mailflow.graphql.types.draft import LintLevel
from saleor_mailflow.messages.lint import lint_own
from saleor_mailflow.messages.own import BLOCKS, Words
from saleor_mailflow.messages.registry import RegisteredTemplate
from saleor_mailflow.messages.wordings import preview
from saleor_mailflow.models import TemplateVersion as Row


class TemplatePreview(graphene.ObjectType):
    """A mail as it would look."""

    class Meta:
        description = "A mail as it would look, or what keeps it from being rendered."

    subject = graphene.String(required=True, description="Its subject.")
    html = graphene.String(required=True, description="Its HTML; show it in a frame with an empty sandbox only.")
    text = graphene.String(required=True, description="Its text part.")
    problem = graphene.String(required=True, description="What is wrong and where; empty where nothing is.")


class TemplateFinding(graphene.ObjectType):
    """Something that is wrong with words."""

    class Meta:
        description = "One thing that is wrong or doubtful in a mail's words."

    level = LintLevel(required=True, description="How bad it is.")
    where = graphene.String(required=True, description="In which part, such as de: html.")
    sentence = graphene.String(required=True, description="What was seen, and what to do next.")


class TemplateVersion(graphene.ObjectType):
    """A merchant's own words for a mail."""

    class Meta:
        description = "A merchant's own words for a mail in one language. Written once; the newest published counts."

    id = graphene.ID(required=True, description="Its global id.")
    template = graphene.String(required=True, description="The template's key.")
    channel = graphene.String(required=True, description="The channel it is for; empty is every channel.")
    language = graphene.String(required=True, description="Its language.")
    number = graphene.Int(required=True, description="The first of a template, channel and language is 1.")
    subject = graphene.String(required=True, description="The subject, with its variables.")
    preheader = graphene.String(required=True, description="What mail programs show behind the subject.")
    html = graphene.String(required=True, description="The words as HTML, inside the package's frame.")
    text = graphene.String(required=True, description="The words as text, inside the package's frame.")
    published_at = graphene.DateTime(description="When it was published; null while it is a draft.")
    withdrawn = graphene.Boolean(required=True, description="Whether it goes back to the package's own words.")
    created_at = graphene.DateTime(required=True, description="When it was saved.")
    created_by = graphene.String(required=True, description="Who saved it.")

    @staticmethod
    def resolve_id(root: Row, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("TemplateVersion", root.pk)


class Template(graphene.ObjectType):
    """A mail that flows send."""

    class Meta:
        description = "A mail that flows send: the package's own words, and the merchant's in their place."

    id = graphene.ID(required=True, description="Its global id.")
    key = graphene.String(required=True, description="Its name in code, such as welcome/hello.")
    purpose = graphene.String(required=True, description="marketing or transactional.")
    languages = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Languages that the package has it in."
    )
    blocks = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Blocks that own words may use, such as button."
    )
    variables = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What own words may name, from the example."
    )
    versions = graphene.List(
        graphene.NonNull(TemplateVersion),
        required=True,
        description="The merchant's own words, the newest of each channel and language first; 100 at most.",
    )
    preview = graphene.Field(
        TemplatePreview,
        required=True,
        language=graphene.String(default_value="en", description="In which language."),
        description="The package's own words with the template's example.",
    )

    @staticmethod
    def resolve_id(root: RegisteredTemplate, info: graphene.ResolveInfo) -> str:
        """Return the global id."""
        return global_id("Template", root.key)

    @staticmethod
    def resolve_blocks(root: RegisteredTemplate, info: graphene.ResolveInfo) -> list[str]:
        """Return the blocks."""
        return list(BLOCKS)

    @staticmethod
    def resolve_variables(root: RegisteredTemplate, info: graphene.ResolveInfo) -> list[str]:
        """Return the names of the example's facts."""
        return sorted(root.example("en"))

    @staticmethod
    def resolve_versions(root: RegisteredTemplate, info: graphene.ResolveInfo) -> Any:
        """Return the merchant's words, fetched with every other template's."""
        return loaders.load(info.context, _versions, root.key)

    @staticmethod
    def resolve_preview(root: RegisteredTemplate, info: graphene.ResolveInfo, language: str) -> TemplatePreview:
        """Return the package's own mail."""
        return previewed(root.key, language, None)


def previewed(
    template: str, language: str, words: Words | None, facts: Mapping[str, object] | None = None
) -> TemplatePreview:
    """Return a mail as it would look with ``facts`` or the example, or the sentence that says what is wrong."""
    try:
        mail = preview(template, language, words, facts)
    except TemplateFailed as error:
        return TemplatePreview(subject="", html="", text="", problem=str(error))
    return TemplatePreview(subject=mail.subject, html=mail.html, text=mail.text, problem="")


class TemplateWordsInput(graphene.InputObjectType):
    """What a merchant writes of a mail."""

    class Meta:
        description = "What a merchant writes of a mail, in the sandboxed Jinja2 that templates are written in."

    subject = graphene.String(required=True, description="The subject, with its variables.")
    preheader = graphene.String(default_value="", description="What mail programs show behind the subject.")
    html = graphene.String(required=True, description="The words as HTML; the frame is the package's.")
    text = graphene.String(required=True, description="The words as text; the frame is the package's.")


def linted(template: RegisteredTemplate, language: str, words: Words) -> list[TemplateFinding]:
    """Return what is wrong with words in one language, the errors first."""
    marketing = template.purpose == "marketing"
    found = lint_own({language: words}, template.example, languages=[language], marketing=marketing)
    return [TemplateFinding(level=one.level, where=one.where, sentence=one.sentence) for one in found]


def words_of(given: Any) -> Words:
    """Return what was typed."""
    return Words(
        subject=given["subject"], preheader=given.get("preheader") or "", html=given["html"], text=given["text"]
    )


def _versions(context: Any, keys: Any) -> list[list[Row]]:
    found: dict[str, list[Row]] = {key: [] for key in keys}
    rows = Row.objects.filter(shop=context.shop, template__in=list(keys))
    for row in rows.order_by("template", "channel", "language", "-number"):
        if len(found[row.template]) < 100:
            found[row.template].append(row)
    return [found[key] for key in keys]
