"""What can be done, one mutation a file. Each reads its arguments, calls a service below, and shows what came of it."""

from __future__ import annotations

import graphene

from saleor_mailflow.graphql.mutations.brand_drop import BrandDrop
from saleor_mailflow.graphql.mutations.brand_save import BrandSave
from saleor_mailflow.graphql.mutations.contact_erase import ContactErase
from saleor_mailflow.graphql.mutations.contact_export import ContactExport
from saleor_mailflow.graphql.mutations.contact_tags_update import ContactTagsUpdate
from saleor_mailflow.graphql.mutations.contacts_import import ContactsImport
from saleor_mailflow.graphql.mutations.enrollment_cancel import EnrollmentCancel
from saleor_mailflow.graphql.mutations.enrollment_skip_wait import EnrollmentSkipWait
from saleor_mailflow.graphql.mutations.enrollment_start import EnrollmentStart
from saleor_mailflow.graphql.mutations.event_record import EventRecord
from saleor_mailflow.graphql.mutations.flow_bring_back import FlowBringBack
from saleor_mailflow.graphql.mutations.flow_draft_begin import FlowDraftBegin
from saleor_mailflow.graphql.mutations.flow_draft_discard import FlowDraftDiscard
from saleor_mailflow.graphql.mutations.flow_draft_publish import FlowDraftPublish
from saleor_mailflow.graphql.mutations.flow_draft_save import FlowDraftSave
from saleor_mailflow.graphql.mutations.flow_let_in import FlowLetIn
from saleor_mailflow.graphql.mutations.flow_move_people import FlowMovePeople
from saleor_mailflow.graphql.mutations.flow_resume import FlowResume
from saleor_mailflow.graphql.mutations.flow_retire import FlowRetire
from saleor_mailflow.graphql.mutations.flow_roll_back import FlowRollBack
from saleor_mailflow.graphql.mutations.flow_switch import FlowSwitch
from saleor_mailflow.graphql.mutations.flows_apply import FlowsApply
from saleor_mailflow.graphql.mutations.mail_pause import MailPause
from saleor_mailflow.graphql.mutations.mail_resume import MailResume
from saleor_mailflow.graphql.mutations.message_resend import MessageResend
from saleor_mailflow.graphql.mutations.offer_delete import OfferDelete
from saleor_mailflow.graphql.mutations.offer_save import OfferSave
from saleor_mailflow.graphql.mutations.segment_delete import SegmentDelete
from saleor_mailflow.graphql.mutations.segment_save import SegmentSave
from saleor_mailflow.graphql.mutations.settings_update import SettingsUpdate
from saleor_mailflow.graphql.mutations.sign_up_form_save import SignUpFormSave
from saleor_mailflow.graphql.mutations.sign_up_form_snippet import SignUpFormSnippet
from saleor_mailflow.graphql.mutations.sign_up_form_switch import SignUpFormSwitch
from saleor_mailflow.graphql.mutations.subscribe import Subscribe
from saleor_mailflow.graphql.mutations.suppression_add import SuppressionAdd
from saleor_mailflow.graphql.mutations.suppression_remove import SuppressionRemove
from saleor_mailflow.graphql.mutations.template_save import TemplateSave
from saleor_mailflow.graphql.mutations.template_withdraw import TemplateWithdraw
from saleor_mailflow.graphql.mutations.test_mail_send import TestMailSend
from saleor_mailflow.graphql.mutations.topic_close import TopicClose
from saleor_mailflow.graphql.mutations.topic_save import TopicSave


class Mutation(graphene.ObjectType):
    """What can be done."""

    class Meta:
        description = "What can be done."

    flow_switch = FlowSwitch.Field()
    flow_resume = FlowResume.Field()
    flow_draft_begin = FlowDraftBegin.Field()
    flow_draft_save = FlowDraftSave.Field()
    flow_draft_discard = FlowDraftDiscard.Field()
    flow_draft_publish = FlowDraftPublish.Field()
    flow_roll_back = FlowRollBack.Field()
    flow_retire = FlowRetire.Field()
    flow_bring_back = FlowBringBack.Field()
    flow_move_people = FlowMovePeople.Field()
    flow_let_in = FlowLetIn.Field()
    flows_apply = FlowsApply.Field()
    message_resend = MessageResend.Field()
    mail_pause = MailPause.Field()
    mail_resume = MailResume.Field()
    settings_update = SettingsUpdate.Field()
    test_mail_send = TestMailSend.Field()
    enrollment_start = EnrollmentStart.Field()
    event_record = EventRecord.Field()
    enrollment_cancel = EnrollmentCancel.Field()
    enrollment_skip_wait = EnrollmentSkipWait.Field()
    contact_tags_update = ContactTagsUpdate.Field()
    contacts_import = ContactsImport.Field()
    contact_export = ContactExport.Field()
    contact_erase = ContactErase.Field()
    suppression_add = SuppressionAdd.Field()
    suppression_remove = SuppressionRemove.Field()
    subscribe = Subscribe.Field()
    segment_save = SegmentSave.Field()
    segment_delete = SegmentDelete.Field()
    template_save = TemplateSave.Field()
    template_withdraw = TemplateWithdraw.Field()
    brand_save = BrandSave.Field()
    brand_drop = BrandDrop.Field()
    offer_save = OfferSave.Field()
    offer_delete = OfferDelete.Field()
    topic_save = TopicSave.Field()
    topic_close = TopicClose.Field()
    sign_up_form_save = SignUpFormSave.Field()
    sign_up_form_snippet = SignUpFormSnippet.Field()
    sign_up_form_switch = SignUpFormSwitch.Field()
