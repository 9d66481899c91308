// Written by tools/types.mjs from queries/*.graphql and schema.graphql; do not edit.
import type { Document } from "./client";

export type ConsentState = "GRANTED" | "WITHDRAWN";
export type ContactFilterInput = { search?: string | null; tags?: readonly (string)[] | null; language?: string | null; country?: string | null; withAccount?: boolean | null; erased?: boolean | null };
export type ContactSortField = "FIRST_SEEN_AT" | "UPDATED_AT" | "EMAIL";
export type ContactSortingInput = { field: ContactSortField; direction: OrderDirection };
export type EnrollmentState = "ACTIVE" | "ENDED";
export type FindingGrade = "FINE" | "HINT" | "BROKEN";
export type FlowChangeKind = "ADDED" | "REMOVED" | "MOVED" | "CHANGED" | "SETTING";
export type FlowMode = "OFF" | "SHADOW" | "LIVE";
export type FlowNextKind = "RESUME" | "RETIRED" | "PUBLISH" | "TRY" | "READ" | "OFFER" | "WHY" | "NOTHING";
export type Lifecycle = "NEW" | "ACTIVE" | "CUSTOMER" | "VIP" | "DORMANT" | "LOST";
export type LintLevel = "ERROR" | "WARNING";
export type MessageFilterInput = { search?: string | null; states?: readonly (MessageState)[] | null; flow?: string | null; step?: string | null; template?: string | null; contact?: string | null; reason?: string | null; delivery?: string | null; clicked?: boolean | null; since?: string | null; until?: string | null };
export type MessageState = "PLANNED" | "CLAIMED" | "SENDING" | "ACCEPTED" | "BLOCKED" | "MISSED" | "SHADOWED" | "FAILED" | "UNKNOWN";
export type OrderDirection = "ASC" | "DESC";
export type SettingInput = { key: string; value: string };
export type SuppressionReason = "UNSUBSCRIBED" | "BOUNCED" | "COMPLAINED" | "MANUAL";
export type TemplateWordsInput = { subject: string; preheader?: string | null; html: string; text: string };
export type TextInput = { language: string; text: string };

export type DraftFields = { readonly key: string; readonly definition: string; readonly revision: number; readonly updatedAt: string; readonly updatedBy: string; readonly publishable: boolean; readonly conflict: string; readonly base: { readonly number: number } | null; readonly live: { readonly number: number } | null; readonly changes: readonly ({ readonly kind: FlowChangeKind; readonly step: string; readonly field: string; readonly before: string; readonly after: string; readonly text: string })[]; readonly people: readonly ({ readonly key: string; readonly count: number })[]; readonly findings: readonly ({ readonly level: LintLevel; readonly code: string; readonly text: string; readonly step: string })[] };

export type FlowCard = { readonly key: string; readonly name: string; readonly description: string; readonly mode: FlowMode; readonly channels: readonly ({ readonly channel: string; readonly mode: FlowMode })[]; readonly enabledAt: string | null; readonly stoppedAt: string | null; readonly stoppedSentence: string | null; readonly retiredAt: string | null; readonly purpose: string; readonly version: { readonly number: number } | null; readonly next: { readonly kind: FlowNextKind; readonly sentence: string }; readonly figures: { readonly sent: number; readonly shadowed: number; readonly delivered: number; readonly clicked: number; readonly heldBack: number; readonly inside: number; readonly money: { readonly orders: number; readonly revenue: readonly ({ readonly amount: string; readonly currency: string })[] } | null } };

export type FormFields = { readonly key: string; readonly channel: string; readonly active: boolean; readonly definition: string; readonly problems: readonly (string)[]; readonly page: string | null; readonly asked: number; readonly confirmed: number };

export type OfferFields = { readonly id: string; readonly key: string; readonly name: string; readonly vouchers: readonly (string)[]; readonly sharedCode: string; readonly days: number; readonly marginPercent: number | null; readonly active: boolean };

export type SettingFields = { readonly key: string; readonly label: string; readonly help: string; readonly type: string; readonly value: string | null; readonly isSet: boolean; readonly problems: readonly (string)[] };

export type TemplateWords = { readonly id: string; readonly channel: string; readonly language: string; readonly number: number; readonly subject: string; readonly preheader: string; readonly html: string; readonly text: string; readonly publishedAt: string | null; readonly withdrawn: boolean; readonly createdAt: string; readonly createdBy: string };

export type TopicFields = { readonly key: string; readonly position: number; readonly active: boolean; readonly names: readonly ({ readonly language: string; readonly text: string })[]; readonly descriptions: readonly ({ readonly language: string; readonly text: string })[] };

export type BacktestData = { readonly flowBacktest: { readonly since: string; readonly until: string; readonly crossed: number; readonly entered: number; readonly mails: number; readonly codes: number; readonly exact: boolean; readonly days: readonly ({ readonly key: string; readonly count: number })[]; readonly steps: readonly ({ readonly key: string; readonly count: number })[]; readonly left: readonly ({ readonly key: string; readonly count: number; readonly sentence: string })[]; readonly caveats: readonly (string)[] } | null };
export type BacktestVariables = { key: string; days?: number | null; draft?: boolean | null };
export const Backtest: Document<BacktestData, BacktestVariables> = { name: "Backtest", text: "query Backtest($key:String!$days:Int$draft:Boolean){flowBacktest(key:$key days:$days draft:$draft){since until crossed entered mails codes exact days{key count}steps{key count}left{key count sentence}caveats}}" };

export type ChannelsData = { readonly channels: readonly ({ readonly slug: string; readonly name: string; readonly currency: string })[] };
export type ChannelsVariables = {  };
export const Channels: Document<ChannelsData, ChannelsVariables> = { name: "Channels", text: "query Channels{channels{slug name currency}}" };

export type ContactsData = { readonly contacts: { readonly totalCount: number | null; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }; readonly edges: readonly ({ readonly node: { readonly id: string; readonly email: string; readonly firstName: string; readonly lastName: string; readonly customer: string; readonly language: string; readonly country: string; readonly updatedAt: string; readonly tags: readonly ({ readonly tag: string })[]; readonly suppressions: readonly ({ readonly reason: SuppressionReason })[]; readonly consents: readonly ({ readonly state: ConsentState; readonly topic: string })[] } | null })[] } | null };
export type ContactsVariables = { filter?: ContactFilterInput | null; sortBy?: ContactSortingInput | null; after?: string | null };
export const Contacts: Document<ContactsData, ContactsVariables> = { name: "Contacts", text: "query Contacts($filter:ContactFilterInput$sortBy:ContactSortingInput$after:String){contacts(filter:$filter sortBy:$sortBy first:25 after:$after){totalCount pageInfo{hasNextPage endCursor}edges{node{id email firstName lastName customer language country updatedAt tags{tag}suppressions{reason}consents{state topic}}}}}" };

export type ContactDetailData = { readonly contact: { readonly id: string; readonly email: string; readonly firstName: string; readonly lastName: string; readonly customer: string; readonly language: string; readonly country: string; readonly timezone: string; readonly birthday: string | null; readonly isStaff: boolean; readonly isRole: boolean; readonly frequency: string; readonly pausedUntil: string | null; readonly firstSeenAt: string; readonly erasedAt: string | null; readonly profile: { readonly lifecycle: Lifecycle; readonly orders: number; readonly spent: readonly ({ readonly amount: string; readonly currency: string })[]; readonly lastOrderAt: string | null; readonly lastActiveAt: string | null; readonly gapDays: number | null; readonly recency: number | null; readonly frequency: number | null; readonly monetary: number | null } | null; readonly tags: readonly ({ readonly tag: string; readonly source: string; readonly at: string })[]; readonly consents: readonly ({ readonly state: ConsentState; readonly topic: string; readonly entity: string; readonly source: string; readonly basis: string; readonly wording: string | null; readonly at: string; readonly expiresAt: string | null })[]; readonly suppressions: readonly ({ readonly entity: string; readonly reason: SuppressionReason; readonly detail: string; readonly at: string })[]; readonly messages: { readonly edges: readonly ({ readonly node: { readonly id: string; readonly subject: string; readonly template: string; readonly state: MessageState; readonly sentence: string; readonly flowKey: string; readonly plannedAt: string; readonly endedAt: string | null; readonly clickedAt: string | null } | null })[] } | null; readonly enrollments: { readonly edges: readonly ({ readonly node: { readonly id: string; readonly state: EnrollmentState; readonly step: string; readonly enteredAt: string; readonly dueAt: string | null; readonly exitSentence: string | null; readonly flow: { readonly key: string; readonly name: string } | null } | null })[] } | null; readonly why: { readonly says: readonly (string)[]; readonly timeline: readonly ({ readonly at: string; readonly flow: string; readonly what: string; readonly sentence: string; readonly toCome: boolean })[]; readonly rules: readonly ({ readonly message: string; readonly rule: string; readonly sentence: string })[] } } | null };
export type ContactDetailVariables = { id?: string | null; email?: string | null; customer?: string | null };
export const ContactDetail: Document<ContactDetailData, ContactDetailVariables> = { name: "ContactDetail", text: "query ContactDetail($id:ID$email:String$customer:ID){contact(id:$id email:$email customer:$customer){id email firstName lastName customer language country timezone birthday isStaff isRole frequency pausedUntil firstSeenAt erasedAt profile{lifecycle orders spent{amount currency}lastOrderAt lastActiveAt gapDays recency frequency monetary}tags{tag source at}consents{state topic entity source basis wording at expiresAt}suppressions{entity reason detail at}messages(first:25){edges{node{id subject template state sentence flowKey plannedAt endedAt clickedAt}}}enrollments(first:25){edges{node{id state step enteredAt dueAt exitSentence flow{key name}}}}why{says timeline{at flow what sentence toCome}rules{message rule sentence}}}}" };

export type AskWhyData = { readonly why: { readonly email: string; readonly known: boolean; readonly says: readonly (string)[]; readonly timeline: readonly ({ readonly at: string; readonly flow: string; readonly what: string; readonly sentence: string; readonly toCome: boolean })[]; readonly rules: readonly ({ readonly message: string; readonly rule: string; readonly sentence: string })[] } };
export type AskWhyVariables = { email: string };
export const AskWhy: Document<AskWhyData, AskWhyVariables> = { name: "AskWhy", text: "query AskWhy($email:String!){why(email:$email){email known says timeline{at flow what sentence toCome}rules{message rule sentence}}}" };

export type UpdateTagsData = { readonly contactTagsUpdate: { readonly contact: { readonly id: string; readonly tags: readonly ({ readonly tag: string; readonly source: string; readonly at: string })[] } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type UpdateTagsVariables = { id: string; add?: readonly (string)[] | null; remove?: readonly (string)[] | null };
export const UpdateTags: Document<UpdateTagsData, UpdateTagsVariables> = { name: "UpdateTags", text: "mutation UpdateTags($id:ID!$add:[String!]$remove:[String!]){contactTagsUpdate(id:$id add:$add remove:$remove){contact{id tags{tag source at}}errors{field message}}}" };

export type ExportContactData = { readonly contactExport: { readonly held: boolean | null; readonly document: string | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type ExportContactVariables = { email: string };
export const ExportContact: Document<ExportContactData, ExportContactVariables> = { name: "ExportContact", text: "mutation ExportContact($email:String!){contactExport(email:$email){held document errors{field message}}}" };

export type EraseContactData = { readonly contactErase: { readonly contacts: number | null; readonly messages: number | null; readonly leaving: number | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type EraseContactVariables = { email: string };
export const EraseContact: Document<EraseContactData, EraseContactVariables> = { name: "EraseContact", text: "mutation EraseContact($email:String!){contactErase(email:$email){contacts messages leaving errors{field message}}}" };

export type SuppressAddressData = { readonly suppressionAdd: { readonly suppressed: boolean | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SuppressAddressVariables = { email: string };
export const SuppressAddress: Document<SuppressAddressData, SuppressAddressVariables> = { name: "SuppressAddress", text: "mutation SuppressAddress($email:String!){suppressionAdd(email:$email){suppressed errors{field message}}}" };

export type UnsuppressAddressData = { readonly suppressionRemove: { readonly removed: boolean | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type UnsuppressAddressVariables = { email: string };
export const UnsuppressAddress: Document<UnsuppressAddressData, UnsuppressAddressVariables> = { name: "UnsuppressAddress", text: "mutation UnsuppressAddress($email:String!){suppressionRemove(email:$email){removed errors{field message}}}" };

export type DraftData = { readonly flowDraft: { readonly key: string; readonly definition: string; readonly revision: number; readonly updatedAt: string; readonly updatedBy: string; readonly publishable: boolean; readonly conflict: string; readonly base: { readonly number: number } | null; readonly live: { readonly number: number } | null; readonly changes: readonly ({ readonly kind: FlowChangeKind; readonly step: string; readonly field: string; readonly before: string; readonly after: string; readonly text: string })[]; readonly people: readonly ({ readonly key: string; readonly count: number })[]; readonly findings: readonly ({ readonly level: LintLevel; readonly code: string; readonly text: string; readonly step: string })[] } | null; readonly flow: { readonly key: string; readonly name: string; readonly mode: FlowMode; readonly figures: { readonly inside: number }; readonly waiting: readonly ({ readonly key: string; readonly count: number })[]; readonly version: { readonly number: number } | null } | null; readonly templates: readonly ({ readonly key: string })[]; readonly offers: readonly ({ readonly key: string; readonly name: string })[]; readonly flows: readonly ({ readonly key: string; readonly name: string })[]; readonly topics: readonly ({ readonly key: string; readonly active: boolean; readonly names: readonly ({ readonly language: string; readonly text: string })[] })[] };
export type DraftVariables = { key: string };
export const Draft: Document<DraftData, DraftVariables> = { name: "Draft", text: "query Draft($key:String!){flowDraft(key:$key){...DraftFields}flow(key:$key){key name mode figures(days:30){inside}waiting{key count}version{number}}templates{key}offers{key name}flows{key name}topics{key active names{language text}}}fragment DraftFields on FlowDraft{key definition revision updatedAt updatedBy publishable conflict base{number}live{number}changes{kind step field before after text}people{key count}findings{level code text step}}" };

export type DraftThereData = { readonly flowDraft: { readonly key: string; readonly updatedBy: string; readonly updatedAt: string; readonly changes: readonly ({ readonly text: string })[] } | null };
export type DraftThereVariables = { key: string };
export const DraftThere: Document<DraftThereData, DraftThereVariables> = { name: "DraftThere", text: "query DraftThere($key:String!){flowDraft(key:$key){key updatedBy updatedAt changes{text}}}" };

export type BeginDraftData = { readonly flowDraftBegin: { readonly draft: { readonly key: string; readonly definition: string; readonly revision: number; readonly updatedAt: string; readonly updatedBy: string; readonly publishable: boolean; readonly conflict: string; readonly base: { readonly number: number } | null; readonly live: { readonly number: number } | null; readonly changes: readonly ({ readonly kind: FlowChangeKind; readonly step: string; readonly field: string; readonly before: string; readonly after: string; readonly text: string })[]; readonly people: readonly ({ readonly key: string; readonly count: number })[]; readonly findings: readonly ({ readonly level: LintLevel; readonly code: string; readonly text: string; readonly step: string })[] } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type BeginDraftVariables = { key: string };
export const BeginDraft: Document<BeginDraftData, BeginDraftVariables> = { name: "BeginDraft", text: "mutation BeginDraft($key:String!){flowDraftBegin(key:$key){draft{...DraftFields}errors{field message}}}fragment DraftFields on FlowDraft{key definition revision updatedAt updatedBy publishable conflict base{number}live{number}changes{kind step field before after text}people{key count}findings{level code text step}}" };

export type SaveDraftData = { readonly flowDraftSave: { readonly draft: { readonly key: string; readonly definition: string; readonly revision: number; readonly updatedAt: string; readonly updatedBy: string; readonly publishable: boolean; readonly conflict: string; readonly base: { readonly number: number } | null; readonly live: { readonly number: number } | null; readonly changes: readonly ({ readonly kind: FlowChangeKind; readonly step: string; readonly field: string; readonly before: string; readonly after: string; readonly text: string })[]; readonly people: readonly ({ readonly key: string; readonly count: number })[]; readonly findings: readonly ({ readonly level: LintLevel; readonly code: string; readonly text: string; readonly step: string })[] } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SaveDraftVariables = { key: string; definition: string; revision: number };
export const SaveDraft: Document<SaveDraftData, SaveDraftVariables> = { name: "SaveDraft", text: "mutation SaveDraft($key:String!$definition:JSONString!$revision:Int!){flowDraftSave(key:$key definition:$definition revision:$revision){draft{...DraftFields}errors{field message}}}fragment DraftFields on FlowDraft{key definition revision updatedAt updatedBy publishable conflict base{number}live{number}changes{kind step field before after text}people{key count}findings{level code text step}}" };

export type DiscardDraftData = { readonly flowDraftDiscard: { readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type DiscardDraftVariables = { key: string };
export const DiscardDraft: Document<DiscardDraftData, DiscardDraftVariables> = { name: "DiscardDraft", text: "mutation DiscardDraft($key:String!){flowDraftDiscard(key:$key){errors{field message}}}" };

export type PublishDraftData = { readonly flowDraftPublish: { readonly version: { readonly number: number } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type PublishDraftVariables = { key: string; revision?: number | null; note?: string | null };
export const PublishDraft: Document<PublishDraftData, PublishDraftVariables> = { name: "PublishDraft", text: "mutation PublishDraft($key:String!$revision:Int$note:String){flowDraftPublish(key:$key revision:$revision note:$note){version{number}errors{field message}}}" };

export type RollBackFlowData = { readonly flowRollBack: { readonly flow: { readonly key: string } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type RollBackFlowVariables = { key: string; number: number; note?: string | null };
export const RollBackFlow: Document<RollBackFlowData, RollBackFlowVariables> = { name: "RollBackFlow", text: "mutation RollBackFlow($key:String!$number:Int!$note:String){flowRollBack(key:$key number:$number note:$note){flow{key}errors{field message}}}" };

export type MovePeopleData = { readonly flowMovePeople: { readonly people: number | null; readonly stayed: number | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type MovePeopleVariables = { key: string };
export const MovePeople: Document<MovePeopleData, MovePeopleVariables> = { name: "MovePeople", text: "mutation MovePeople($key:String!){flowMovePeople(key:$key){people stayed errors{field message}}}" };

export type FlowDetailData = { readonly flow: { readonly key: string; readonly name: string; readonly description: string; readonly mode: FlowMode; readonly channels: readonly ({ readonly channel: string; readonly mode: FlowMode })[]; readonly enabledAt: string | null; readonly stoppedAt: string | null; readonly stoppedSentence: string | null; readonly retiredAt: string | null; readonly purpose: string; readonly version: { readonly number: number; readonly publishedAt: string; readonly publishedBy: string; readonly note: string } | null; readonly next: { readonly kind: FlowNextKind; readonly sentence: string }; readonly figures: { readonly sent: number; readonly shadowed: number; readonly delivered: number; readonly clicked: number; readonly heldBack: number; readonly inside: number; readonly money: { readonly orders: number; readonly revenue: readonly ({ readonly amount: string; readonly currency: string })[] } | null }; readonly trigger: string; readonly definition: string; readonly priority: number; readonly prompt: boolean; readonly kind: string; readonly topic: string; readonly waiting: readonly ({ readonly key: string; readonly count: number })[]; readonly versions: { readonly edges: readonly ({ readonly node: { readonly id: string; readonly number: number; readonly publishedAt: string; readonly publishedBy: string; readonly note: string } | null })[] } | null } | null };
export type FlowDetailVariables = { key: string };
export const FlowDetail: Document<FlowDetailData, FlowDetailVariables> = { name: "FlowDetail", text: "query FlowDetail($key:String!){flow(key:$key){...FlowCard trigger definition priority prompt kind topic waiting{key count}version{number publishedAt publishedBy note}versions(first:20){edges{node{id number publishedAt publishedBy note}}}}}fragment FlowCard on Flow{key name description mode channels{channel mode}enabledAt stoppedAt stoppedSentence retiredAt purpose version{number}next{kind sentence}figures(days:30){sent shadowed delivered clicked heldBack inside money{orders revenue{amount currency}}}}" };

export type FlowQualifyingData = { readonly flow: { readonly qualifying: { readonly ever: number | null; readonly lately: number } | null } | null };
export type FlowQualifyingVariables = { key: string };
export const FlowQualifying: Document<FlowQualifyingData, FlowQualifyingVariables> = { name: "FlowQualifying", text: "query FlowQualifying($key:String!){flow(key:$key){qualifying{ever lately}}}" };

export type LetInData = { readonly flowLetIn: { readonly people: number | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type LetInVariables = { key: string; perDay: number };
export const LetIn: Document<LetInData, LetInVariables> = { name: "LetIn", text: "mutation LetIn($key:String!$perDay:Int!){flowLetIn(key:$key perDay:$perDay){people errors{field message}}}" };

export type FlowPeopleData = { readonly enrollments: { readonly totalCount: number | null; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }; readonly edges: readonly ({ readonly node: { readonly id: string; readonly state: EnrollmentState; readonly recipient: string; readonly step: string; readonly enteredAt: string; readonly dueAt: string | null; readonly endedAt: string | null; readonly exitSentence: string | null } | null })[] } | null };
export type FlowPeopleVariables = { flow: string; step?: string | null; state?: EnrollmentState | null; after?: string | null };
export const FlowPeople: Document<FlowPeopleData, FlowPeopleVariables> = { name: "FlowPeople", text: "query FlowPeople($flow:String!$step:String$state:EnrollmentState$after:String){enrollments(filter:{flow:$flow step:$step state:$state}first:25 after:$after){totalCount pageInfo{hasNextPage endCursor}edges{node{id state recipient step enteredAt dueAt endedAt exitSentence}}}}" };

export type CancelEnrollmentData = { readonly enrollmentCancel: { readonly enrollment: { readonly id: string; readonly state: EnrollmentState; readonly exitSentence: string | null } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type CancelEnrollmentVariables = { id: string };
export const CancelEnrollment: Document<CancelEnrollmentData, CancelEnrollmentVariables> = { name: "CancelEnrollment", text: "mutation CancelEnrollment($id:ID!){enrollmentCancel(id:$id){enrollment{id state exitSentence}errors{field message}}}" };

export type SkipWaitData = { readonly enrollmentSkipWait: { readonly enrollment: { readonly id: string; readonly step: string; readonly dueAt: string | null } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SkipWaitVariables = { id: string };
export const SkipWait: Document<SkipWaitData, SkipWaitVariables> = { name: "SkipWait", text: "mutation SkipWait($id:ID!){enrollmentSkipWait(id:$id){enrollment{id step dueAt}errors{field message}}}" };

export type FlowsData = { readonly flows: readonly ({ readonly key: string; readonly name: string; readonly description: string; readonly mode: FlowMode; readonly channels: readonly ({ readonly channel: string; readonly mode: FlowMode })[]; readonly enabledAt: string | null; readonly stoppedAt: string | null; readonly stoppedSentence: string | null; readonly retiredAt: string | null; readonly purpose: string; readonly version: { readonly number: number } | null; readonly next: { readonly kind: FlowNextKind; readonly sentence: string }; readonly figures: { readonly sent: number; readonly shadowed: number; readonly delivered: number; readonly clicked: number; readonly heldBack: number; readonly inside: number; readonly money: { readonly orders: number; readonly revenue: readonly ({ readonly amount: string; readonly currency: string })[] } | null } })[]; readonly health: { readonly well: boolean; readonly pausedAt: string | null; readonly inside: number; readonly waitingBaskets: number; readonly unknown: number; readonly problems: readonly ({ readonly key: string; readonly text: string })[]; readonly nothingSent: string } };
export type FlowsVariables = {  };
export const Flows: Document<FlowsData, FlowsVariables> = { name: "Flows", text: "query Flows{flows{...FlowCard}health{well pausedAt inside waitingBaskets unknown problems{key text}nothingSent}}fragment FlowCard on Flow{key name description mode channels{channel mode}enabledAt stoppedAt stoppedSentence retiredAt purpose version{number}next{kind sentence}figures(days:30){sent shadowed delivered clicked heldBack inside money{orders revenue{amount currency}}}}" };

export type SwitchFlowData = { readonly flowSwitch: { readonly flow: { readonly key: string; readonly name: string; readonly description: string; readonly mode: FlowMode; readonly channels: readonly ({ readonly channel: string; readonly mode: FlowMode })[]; readonly enabledAt: string | null; readonly stoppedAt: string | null; readonly stoppedSentence: string | null; readonly retiredAt: string | null; readonly purpose: string; readonly version: { readonly number: number } | null; readonly next: { readonly kind: FlowNextKind; readonly sentence: string }; readonly figures: { readonly sent: number; readonly shadowed: number; readonly delivered: number; readonly clicked: number; readonly heldBack: number; readonly inside: number; readonly money: { readonly orders: number; readonly revenue: readonly ({ readonly amount: string; readonly currency: string })[] } | null } } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SwitchFlowVariables = { key: string; mode: FlowMode; channel?: string | null };
export const SwitchFlow: Document<SwitchFlowData, SwitchFlowVariables> = { name: "SwitchFlow", text: "mutation SwitchFlow($key:String!$mode:FlowMode!$channel:String){flowSwitch(key:$key mode:$mode channel:$channel){flow{...FlowCard}errors{field message}}}fragment FlowCard on Flow{key name description mode channels{channel mode}enabledAt stoppedAt stoppedSentence retiredAt purpose version{number}next{kind sentence}figures(days:30){sent shadowed delivered clicked heldBack inside money{orders revenue{amount currency}}}}" };

export type ResumeFlowData = { readonly flowResume: { readonly flow: { readonly key: string; readonly name: string; readonly description: string; readonly mode: FlowMode; readonly channels: readonly ({ readonly channel: string; readonly mode: FlowMode })[]; readonly enabledAt: string | null; readonly stoppedAt: string | null; readonly stoppedSentence: string | null; readonly retiredAt: string | null; readonly purpose: string; readonly version: { readonly number: number } | null; readonly next: { readonly kind: FlowNextKind; readonly sentence: string }; readonly figures: { readonly sent: number; readonly shadowed: number; readonly delivered: number; readonly clicked: number; readonly heldBack: number; readonly inside: number; readonly money: { readonly orders: number; readonly revenue: readonly ({ readonly amount: string; readonly currency: string })[] } | null } } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type ResumeFlowVariables = { key: string };
export const ResumeFlow: Document<ResumeFlowData, ResumeFlowVariables> = { name: "ResumeFlow", text: "mutation ResumeFlow($key:String!){flowResume(key:$key){flow{...FlowCard}errors{field message}}}fragment FlowCard on Flow{key name description mode channels{channel mode}enabledAt stoppedAt stoppedSentence retiredAt purpose version{number}next{kind sentence}figures(days:30){sent shadowed delivered clicked heldBack inside money{orders revenue{amount currency}}}}" };

export type PauseMailData = { readonly mailPause: { readonly pausedAt: string | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type PauseMailVariables = {  };
export const PauseMail: Document<PauseMailData, PauseMailVariables> = { name: "PauseMail", text: "mutation PauseMail{mailPause{pausedAt errors{field message}}}" };

export type ResumeMailData = { readonly mailResume: { readonly pausedAt: string | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type ResumeMailVariables = {  };
export const ResumeMail: Document<ResumeMailData, ResumeMailVariables> = { name: "ResumeMail", text: "mutation ResumeMail{mailResume{pausedAt errors{field message}}}" };

export type RetireFlowData = { readonly flowRetire: { readonly flow: { readonly key: string; readonly name: string; readonly description: string; readonly mode: FlowMode; readonly channels: readonly ({ readonly channel: string; readonly mode: FlowMode })[]; readonly enabledAt: string | null; readonly stoppedAt: string | null; readonly stoppedSentence: string | null; readonly retiredAt: string | null; readonly purpose: string; readonly version: { readonly number: number } | null; readonly next: { readonly kind: FlowNextKind; readonly sentence: string }; readonly figures: { readonly sent: number; readonly shadowed: number; readonly delivered: number; readonly clicked: number; readonly heldBack: number; readonly inside: number; readonly money: { readonly orders: number; readonly revenue: readonly ({ readonly amount: string; readonly currency: string })[] } | null } } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type RetireFlowVariables = { key: string };
export const RetireFlow: Document<RetireFlowData, RetireFlowVariables> = { name: "RetireFlow", text: "mutation RetireFlow($key:String!){flowRetire(key:$key){flow{...FlowCard}errors{field message}}}fragment FlowCard on Flow{key name description mode channels{channel mode}enabledAt stoppedAt stoppedSentence retiredAt purpose version{number}next{kind sentence}figures(days:30){sent shadowed delivered clicked heldBack inside money{orders revenue{amount currency}}}}" };

export type BringBackFlowData = { readonly flowBringBack: { readonly flow: { readonly key: string; readonly name: string; readonly description: string; readonly mode: FlowMode; readonly channels: readonly ({ readonly channel: string; readonly mode: FlowMode })[]; readonly enabledAt: string | null; readonly stoppedAt: string | null; readonly stoppedSentence: string | null; readonly retiredAt: string | null; readonly purpose: string; readonly version: { readonly number: number } | null; readonly next: { readonly kind: FlowNextKind; readonly sentence: string }; readonly figures: { readonly sent: number; readonly shadowed: number; readonly delivered: number; readonly clicked: number; readonly heldBack: number; readonly inside: number; readonly money: { readonly orders: number; readonly revenue: readonly ({ readonly amount: string; readonly currency: string })[] } | null } } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type BringBackFlowVariables = { key: string };
export const BringBackFlow: Document<BringBackFlowData, BringBackFlowVariables> = { name: "BringBackFlow", text: "mutation BringBackFlow($key:String!){flowBringBack(key:$key){flow{...FlowCard}errors{field message}}}fragment FlowCard on Flow{key name description mode channels{channel mode}enabledAt stoppedAt stoppedSentence retiredAt purpose version{number}next{kind sentence}figures(days:30){sent shadowed delivered clicked heldBack inside money{orders revenue{amount currency}}}}" };

export type FormsData = { readonly signUpForms: readonly ({ readonly key: string; readonly channel: string; readonly active: boolean; readonly definition: string; readonly problems: readonly (string)[]; readonly page: string | null; readonly asked: number; readonly confirmed: number })[]; readonly topics: readonly ({ readonly key: string; readonly position: number; readonly active: boolean; readonly names: readonly ({ readonly language: string; readonly text: string })[]; readonly descriptions: readonly ({ readonly language: string; readonly text: string })[] })[] };
export type FormsVariables = {  };
export const Forms: Document<FormsData, FormsVariables> = { name: "Forms", text: "query Forms{signUpForms{...FormFields}topics{...TopicFields}}fragment FormFields on SignUpForm{key channel active definition problems page asked confirmed}fragment TopicFields on Topic{key position active names{language text}descriptions{language text}}" };

export type SaveFormData = { readonly signUpFormSave: { readonly form: { readonly key: string; readonly channel: string; readonly active: boolean; readonly definition: string; readonly problems: readonly (string)[]; readonly page: string | null; readonly asked: number; readonly confirmed: number } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SaveFormVariables = { key: string; definition: string; channel?: string | null };
export const SaveForm: Document<SaveFormData, SaveFormVariables> = { name: "SaveForm", text: "mutation SaveForm($key:String!$definition:JSONString!$channel:String){signUpFormSave(key:$key definition:$definition channel:$channel){form{...FormFields}errors{field message}}}fragment FormFields on SignUpForm{key channel active definition problems page asked confirmed}" };

export type SwitchFormData = { readonly signUpFormSwitch: { readonly form: { readonly key: string; readonly channel: string; readonly active: boolean; readonly definition: string; readonly problems: readonly (string)[]; readonly page: string | null; readonly asked: number; readonly confirmed: number } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SwitchFormVariables = { key: string; active: boolean };
export const SwitchForm: Document<SwitchFormData, SwitchFormVariables> = { name: "SwitchForm", text: "mutation SwitchForm($key:String!$active:Boolean!){signUpFormSwitch(key:$key active:$active){form{...FormFields}errors{field message}}}fragment FormFields on SignUpForm{key channel active definition problems page asked confirmed}" };

export type FormSnippetData = { readonly signUpFormSnippet: { readonly html: string | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type FormSnippetVariables = { key: string; language?: string | null };
export const FormSnippet: Document<FormSnippetData, FormSnippetVariables> = { name: "FormSnippet", text: "mutation FormSnippet($key:String!$language:String){signUpFormSnippet(key:$key language:$language){html errors{field message}}}" };

export type SaveTopicData = { readonly topicSave: { readonly topic: { readonly key: string; readonly position: number; readonly active: boolean; readonly names: readonly ({ readonly language: string; readonly text: string })[]; readonly descriptions: readonly ({ readonly language: string; readonly text: string })[] } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SaveTopicVariables = { key: string; names: readonly (TextInput)[]; descriptions?: readonly (TextInput)[] | null; position?: number | null };
export const SaveTopic: Document<SaveTopicData, SaveTopicVariables> = { name: "SaveTopic", text: "mutation SaveTopic($key:String!$names:[TextInput!]!$descriptions:[TextInput!]$position:Int){topicSave(key:$key names:$names descriptions:$descriptions position:$position){topic{...TopicFields}errors{field message}}}fragment TopicFields on Topic{key position active names{language text}descriptions{language text}}" };

export type CloseTopicData = { readonly topicClose: { readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type CloseTopicVariables = { key: string };
export const CloseTopic: Document<CloseTopicData, CloseTopicVariables> = { name: "CloseTopic", text: "mutation CloseTopic($key:String!){topicClose(key:$key){errors{field message}}}" };

export type ImportContactsData = { readonly contactsImport: { readonly read: number | null; readonly new: number | null; readonly consents: number | null; readonly refusals: readonly ({ readonly line: number; readonly because: string })[] | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type ImportContactsVariables = { csv: string; source: string; topic?: string | null; dryRun: boolean };
export const ImportContacts: Document<ImportContactsData, ImportContactsVariables> = { name: "ImportContacts", text: "mutation ImportContacts($csv:String!$source:String!$topic:String$dryRun:Boolean!){contactsImport(csv:$csv source:$source topic:$topic dryRun:$dryRun){read new consents refusals{line because}errors{field message}}}" };

export type LooksData = { readonly brands: readonly ({ readonly channel: string; readonly values: string; readonly updatedAt: string })[] };
export type LooksVariables = {  };
export const Looks: Document<LooksData, LooksVariables> = { name: "Looks", text: "query Looks{brands{channel values updatedAt}}" };

export type SaveLookData = { readonly brandSave: { readonly brand: { readonly channel: string } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SaveLookVariables = { channel?: string | null; values: string };
export const SaveLook: Document<SaveLookData, SaveLookVariables> = { name: "SaveLook", text: "mutation SaveLook($channel:String$values:JSONString!){brandSave(channel:$channel values:$values){brand{channel}errors{field message}}}" };

export type PreviewSubjectsData = { readonly purchases: { readonly edges: readonly ({ readonly node: { readonly id: string; readonly number: string; readonly email: string } | null })[] } | null; readonly baskets: { readonly edges: readonly ({ readonly node: { readonly id: string; readonly email: string; readonly lineCount: number; readonly total: { readonly amount: string; readonly currency: string } } | null })[] } | null };
export type PreviewSubjectsVariables = {  };
export const PreviewSubjects: Document<PreviewSubjectsData, PreviewSubjectsVariables> = { name: "PreviewSubjects", text: "query PreviewSubjects{purchases(first:10){edges{node{id number email}}}baskets(first:10){edges{node{id email lineCount total{amount currency}}}}}" };

export type ShownForData = { readonly mailPreview: { readonly subject: string; readonly html: string; readonly text: string; readonly problem: string } };
export type ShownForVariables = { key: string; language: string; purchase?: string | null; basket?: string | null; words?: TemplateWordsInput | null };
export const ShownFor: Document<ShownForData, ShownForVariables> = { name: "ShownFor", text: "query ShownFor($key:String!$language:String!$purchase:ID$basket:ID$words:TemplateWordsInput){mailPreview(key:$key language:$language purchase:$purchase basket:$basket words:$words){subject html text problem}}" };

export type DropLookData = { readonly brandDrop: { readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type DropLookVariables = { channel: string };
export const DropLook: Document<DropLookData, DropLookVariables> = { name: "DropLook", text: "mutation DropLook($channel:String!){brandDrop(channel:$channel){errors{field message}}}" };

export type MessagesData = { readonly messages: { readonly totalCount: number | null; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }; readonly edges: readonly ({ readonly node: { readonly id: string; readonly state: MessageState; readonly sentence: string; readonly subject: string; readonly recipient: string; readonly flowKey: string; readonly step: string; readonly template: string; readonly plannedAt: string; readonly dueAt: string; readonly endedAt: string | null; readonly clickedAt: string | null; readonly delivery: string } | null })[] } | null; readonly flows: readonly ({ readonly key: string; readonly name: string })[] };
export type MessagesVariables = { filter?: MessageFilterInput | null; after?: string | null };
export const Messages: Document<MessagesData, MessagesVariables> = { name: "Messages", text: "query Messages($filter:MessageFilterInput$after:String){messages(filter:$filter first:25 after:$after){totalCount pageInfo{hasNextPage endCursor}edges{node{id state sentence subject recipient flowKey step template plannedAt dueAt endedAt clickedAt delivery}}}flows{key name}}" };

export type MessageDetailData = { readonly message: { readonly id: string; readonly uuid: string; readonly state: MessageState; readonly sentence: string; readonly reason: string; readonly delivery: string; readonly flowKey: string; readonly step: string; readonly template: string; readonly recipient: string; readonly purpose: string; readonly topic: string; readonly basis: string; readonly language: string; readonly subject: string; readonly html: string; readonly text: string; readonly provider: string; readonly attempts: number; readonly timesResent: number; readonly plannedAt: string; readonly dueAt: string; readonly expiresAt: string; readonly endedAt: string | null; readonly deliveredAt: string | null; readonly clickedAt: string | null; readonly events: readonly ({ readonly kind: string; readonly at: string; readonly byMachine: boolean | null })[]; readonly flow: { readonly key: string; readonly name: string } | null } | null };
export type MessageDetailVariables = { id: string };
export const MessageDetail: Document<MessageDetailData, MessageDetailVariables> = { name: "MessageDetail", text: "query MessageDetail($id:ID!){message(id:$id){id uuid state sentence reason delivery flowKey step template recipient purpose topic basis language subject html text provider attempts timesResent plannedAt dueAt expiresAt endedAt deliveredAt clickedAt events{kind at byMachine}flow{key name}}}" };

export type ResendMessageData = { readonly messageResend: { readonly begun: boolean | null; readonly sentence: string | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type ResendMessageVariables = { id: string; nth: number };
export const ResendMessage: Document<ResendMessageData, ResendMessageVariables> = { name: "ResendMessage", text: "mutation ResendMessage($id:ID!$nth:Int!){messageResend(id:$id nth:$nth){begun sentence errors{field message}}}" };

export type OffersData = { readonly offers: readonly ({ readonly id: string; readonly key: string; readonly name: string; readonly vouchers: readonly (string)[]; readonly sharedCode: string; readonly days: number; readonly marginPercent: number | null; readonly active: boolean })[]; readonly vouchers: readonly ({ readonly ref: string; readonly name: string; readonly kind: string; readonly endsAt: string | null })[] | null };
export type OffersVariables = {  };
export const Offers: Document<OffersData, OffersVariables> = { name: "Offers", text: "query Offers{offers{...OfferFields}vouchers{ref name kind endsAt}}fragment OfferFields on Offer{id key name vouchers sharedCode days marginPercent active}" };

export type SaveOfferData = { readonly offerSave: { readonly offer: { readonly id: string; readonly key: string; readonly name: string; readonly vouchers: readonly (string)[]; readonly sharedCode: string; readonly days: number; readonly marginPercent: number | null; readonly active: boolean } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SaveOfferVariables = { key: string; name: string; vouchers: readonly (string)[]; sharedCode?: string | null; days?: number | null; marginPercent?: number | null; active?: boolean | null };
export const SaveOffer: Document<SaveOfferData, SaveOfferVariables> = { name: "SaveOffer", text: "mutation SaveOffer($key:String!$name:String!$vouchers:[String!]!$sharedCode:String$days:Int$marginPercent:Int$active:Boolean){offerSave(key:$key name:$name vouchers:$vouchers sharedCode:$sharedCode days:$days marginPercent:$marginPercent active:$active){offer{...OfferFields}errors{field message}}}fragment OfferFields on Offer{id key name vouchers sharedCode days marginPercent active}" };

export type DeleteOfferData = { readonly offerDelete: { readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type DeleteOfferVariables = { key: string };
export const DeleteOffer: Document<DeleteOfferData, DeleteOfferVariables> = { name: "DeleteOffer", text: "mutation DeleteOffer($key:String!){offerDelete(key:$key){errors{field message}}}" };

export type SegmentNamesData = { readonly segments: readonly ({ readonly key: string; readonly name: string })[] };
export type SegmentNamesVariables = {  };
export const SegmentNames: Document<SegmentNamesData, SegmentNamesVariables> = { name: "SegmentNames", text: "query SegmentNames{segments{key name}}" };

export type SegmentsData = { readonly segments: readonly ({ readonly key: string; readonly name: string; readonly sentence: string; readonly flows: readonly ({ readonly key: string; readonly name: string })[]; readonly segments: readonly ({ readonly key: string; readonly name: string })[] })[] };
export type SegmentsVariables = {  };
export const Segments: Document<SegmentsData, SegmentsVariables> = { name: "Segments", text: "query Segments{segments{key name sentence flows{key name}segments{key name}}}" };

export type SegmentCountedData = { readonly segment: { readonly size: { readonly number: number; readonly exact: boolean } } | null };
export type SegmentCountedVariables = { key: string };
export const SegmentCounted: Document<SegmentCountedData, SegmentCountedVariables> = { name: "SegmentCounted", text: "query SegmentCounted($key:String!){segment(key:$key){size{number exact}}}" };

export type ConditionCountedData = { readonly segmentSize: { readonly number: number; readonly exact: boolean } };
export type ConditionCountedVariables = { condition: string };
export const ConditionCounted: Document<ConditionCountedData, ConditionCountedVariables> = { name: "ConditionCounted", text: "query ConditionCounted($condition:JSONString!){segmentSize(condition:$condition){number exact}}" };

export type SegmentDetailData = { readonly segment: { readonly key: string; readonly name: string; readonly condition: string; readonly updatedAt: string; readonly flows: readonly ({ readonly key: string; readonly name: string })[]; readonly segments: readonly ({ readonly key: string; readonly name: string })[] } | null };
export type SegmentDetailVariables = { key: string };
export const SegmentDetail: Document<SegmentDetailData, SegmentDetailVariables> = { name: "SegmentDetail", text: "query SegmentDetail($key:String!){segment(key:$key){key name condition updatedAt flows{key name}segments{key name}}}" };

export type SegmentPeopleData = { readonly segment: { readonly people: { readonly edges: readonly ({ readonly node: { readonly id: string; readonly email: string; readonly firstName: string; readonly lastName: string } | null })[] } | null } | null };
export type SegmentPeopleVariables = { key: string };
export const SegmentPeople: Document<SegmentPeopleData, SegmentPeopleVariables> = { name: "SegmentPeople", text: "query SegmentPeople($key:String!){segment(key:$key){people(first:5){edges{node{id email firstName lastName}}}}}" };

export type SaveSegmentData = { readonly segmentSave: { readonly segment: { readonly key: string } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SaveSegmentVariables = { key: string; name: string; condition: string };
export const SaveSegment: Document<SaveSegmentData, SaveSegmentVariables> = { name: "SaveSegment", text: "mutation SaveSegment($key:String!$name:String!$condition:JSONString!){segmentSave(key:$key name:$name condition:$condition){segment{key}errors{field message}}}" };

export type DeleteSegmentData = { readonly segmentDelete: { readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type DeleteSegmentVariables = { key: string };
export const DeleteSegment: Document<DeleteSegmentData, DeleteSegmentVariables> = { name: "DeleteSegment", text: "mutation DeleteSegment($key:String!){segmentDelete(key:$key){errors{field message}}}" };

export type SettingsData = { readonly settings: readonly ({ readonly key: string; readonly label: string; readonly help: string; readonly type: string; readonly value: string | null; readonly isSet: boolean; readonly problems: readonly (string)[] })[] };
export type SettingsVariables = {  };
export const Settings: Document<SettingsData, SettingsVariables> = { name: "Settings", text: "query Settings{settings{...SettingFields}}fragment SettingFields on Setting{key label help type value isSet problems}" };

export type FindingsData = { readonly findings: readonly ({ readonly check: string; readonly grade: FindingGrade; readonly text: string })[] };
export type FindingsVariables = {  };
export const Findings: Document<FindingsData, FindingsVariables> = { name: "Findings", text: "query Findings{findings{check grade text}}" };

export type SaveSettingsData = { readonly settingsUpdate: { readonly settings: readonly ({ readonly key: string; readonly label: string; readonly help: string; readonly type: string; readonly value: string | null; readonly isSet: boolean; readonly problems: readonly (string)[] })[] | null; readonly problems: readonly ({ readonly key: string; readonly text: string })[] | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SaveSettingsVariables = { input: readonly (SettingInput)[] };
export const SaveSettings: Document<SaveSettingsData, SaveSettingsVariables> = { name: "SaveSettings", text: "mutation SaveSettings($input:[SettingInput!]!){settingsUpdate(input:$input){settings{...SettingFields}problems{key text}errors{field message}}}fragment SettingFields on Setting{key label help type value isSet problems}" };

export type SendTestMailData = { readonly testMailSend: { readonly sent: boolean | null; readonly sentence: string | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SendTestMailVariables = { to: string; template?: string | null; language?: string | null; words?: TemplateWordsInput | null };
export const SendTestMail: Document<SendTestMailData, SendTestMailVariables> = { name: "SendTestMail", text: "mutation SendTestMail($to:String!$template:String$language:String$words:TemplateWordsInput){testMailSend(to:$to template:$template language:$language words:$words){sent sentence errors{field message}}}" };

export type ActivityData = { readonly auditEntries: { readonly totalCount: number | null; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }; readonly edges: readonly ({ readonly node: { readonly id: string; readonly at: string; readonly actor: string; readonly action: string; readonly subject: string; readonly before: string | null; readonly after: string | null } | null })[] } | null };
export type ActivityVariables = { subject?: string | null; after?: string | null };
export const Activity: Document<ActivityData, ActivityVariables> = { name: "Activity", text: "query Activity($subject:String$after:String){auditEntries(subject:$subject first:25 after:$after){totalCount pageInfo{hasNextPage endCursor}edges{node{id at actor action subject before after}}}}" };

export type WhoData = { readonly me: { readonly actor: string; readonly permissions: readonly (string)[]; readonly shop: string } };
export type WhoVariables = {  };
export const Who: Document<WhoData, WhoVariables> = { name: "Who", text: "query Who{me{actor permissions shop}}" };

export type TemplatesData = { readonly flows: readonly ({ readonly key: string; readonly name: string })[]; readonly templates: readonly ({ readonly key: string; readonly purpose: string; readonly languages: readonly (string)[]; readonly versions: readonly ({ readonly id: string; readonly language: string; readonly channel: string; readonly publishedAt: string | null; readonly withdrawn: boolean })[] })[] };
export type TemplatesVariables = {  };
export const Templates: Document<TemplatesData, TemplatesVariables> = { name: "Templates", text: "query Templates{flows{key name}templates{key purpose languages versions{id language channel publishedAt withdrawn}}}" };

export type TemplateDetailData = { readonly template: { readonly key: string; readonly purpose: string; readonly languages: readonly (string)[]; readonly blocks: readonly (string)[]; readonly variables: readonly (string)[]; readonly versions: readonly ({ readonly id: string; readonly channel: string; readonly language: string; readonly number: number; readonly subject: string; readonly preheader: string; readonly html: string; readonly text: string; readonly publishedAt: string | null; readonly withdrawn: boolean; readonly createdAt: string; readonly createdBy: string })[] } | null };
export type TemplateDetailVariables = { key: string };
export const TemplateDetail: Document<TemplateDetailData, TemplateDetailVariables> = { name: "TemplateDetail", text: "query TemplateDetail($key:String!){template(key:$key){key purpose languages blocks variables versions{...TemplateWords}}}fragment TemplateWords on TemplateVersion{id channel language number subject preheader html text publishedAt withdrawn createdAt createdBy}" };

export type TemplateShownData = { readonly templatePreview: { readonly subject: string; readonly html: string; readonly text: string; readonly problem: string } };
export type TemplateShownVariables = { key: string; language: string; words?: TemplateWordsInput | null };
export const TemplateShown: Document<TemplateShownData, TemplateShownVariables> = { name: "TemplateShown", text: "query TemplateShown($key:String!$language:String!$words:TemplateWordsInput){templatePreview(key:$key language:$language words:$words){subject html text problem}}" };

export type TemplateCheckedData = { readonly templateLint: readonly ({ readonly level: LintLevel; readonly where: string; readonly sentence: string })[] };
export type TemplateCheckedVariables = { key: string; language: string; words: TemplateWordsInput };
export const TemplateChecked: Document<TemplateCheckedData, TemplateCheckedVariables> = { name: "TemplateChecked", text: "query TemplateChecked($key:String!$language:String!$words:TemplateWordsInput!){templateLint(key:$key language:$language words:$words){level where sentence}}" };

export type SaveTemplateData = { readonly templateSave: { readonly version: { readonly id: string; readonly channel: string; readonly language: string; readonly number: number; readonly subject: string; readonly preheader: string; readonly html: string; readonly text: string; readonly publishedAt: string | null; readonly withdrawn: boolean; readonly createdAt: string; readonly createdBy: string } | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type SaveTemplateVariables = { key: string; language: string; channel?: string | null; publish: boolean; words: TemplateWordsInput };
export const SaveTemplate: Document<SaveTemplateData, SaveTemplateVariables> = { name: "SaveTemplate", text: "mutation SaveTemplate($key:String!$language:String!$channel:String$publish:Boolean!$words:TemplateWordsInput!){templateSave(key:$key language:$language channel:$channel publish:$publish words:$words){version{...TemplateWords}errors{field message}}}fragment TemplateWords on TemplateVersion{id channel language number subject preheader html text publishedAt withdrawn createdAt createdBy}" };

export type WithdrawTemplateData = { readonly templateWithdraw: { readonly withdrawn: boolean | null; readonly errors: readonly ({ readonly field: string | null; readonly message: string })[] } | null };
export type WithdrawTemplateVariables = { key: string; language: string; channel?: string | null };
export const WithdrawTemplate: Document<WithdrawTemplateData, WithdrawTemplateVariables> = { name: "WithdrawTemplate", text: "mutation WithdrawTemplate($key:String!$language:String!$channel:String){templateWithdraw(key:$key language:$language channel:$channel){withdrawn errors{field message}}}" };
