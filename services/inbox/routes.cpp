#include "services/inbox/routes.hpp"

#include "services/inbox/admin.hpp"
#include "services/inbox/alerts.hpp"
#include "services/inbox/attachment.hpp"
#include "services/inbox/attention.hpp"
#include "services/inbox/attributes.hpp"
#include "services/inbox/audit.hpp"
#include "services/inbox/canned.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/deliveries.hpp"
#include "services/inbox/events.hpp"
#include "services/inbox/kept_files.hpp"
#include "services/inbox/mentions.hpp"
#include "services/inbox/message_html.hpp"
#include "services/inbox/messages.hpp"
#include "services/inbox/promises.hpp"
#include "services/inbox/rejections.hpp"
#include "services/inbox/search.hpp"
#include "services/inbox/timeline.hpp"
#include "services/inbox/undo.hpp"
#include "services/inbox/verdict_list.hpp"
#include "services/inbox/views.hpp"
#include "services/inbox/webhooks.hpp"

#include <array>

namespace lupaus::inbox {

namespace {

using enum desk::agent::Role;

// clang-format off
constexpr std::array kEndpoints{
    Endpoint{"GET",    "/v1/conversations",                  "conversations:read",  agent, handle_list_conversations},
    Endpoint{"POST",   "/v1/conversations/bulk",             "conversations:write", agent, handle_bulk},
    Endpoint{"GET",    "/v1/conversations/{id}",             "conversations:read",  agent, handle_get_conversation},
    Endpoint{"PATCH",  "/v1/conversations/{id}",             "conversations:write", agent, handle_edit_conversation},
    Endpoint{"GET",    "/v1/conversations/{id}/messages",    "conversations:read",  agent, handle_list_messages},
    Endpoint{"POST",   "/v1/conversations/{id}/messages",    "messages:write",      agent, handle_post_message,
             limits::kWebhookBodyBytesMax, keep_files_of_reply},
    Endpoint{"GET",    "/v1/conversations/{id}/messages/{message_id}/html", "conversations:read", agent, handle_get_message_html},
    Endpoint{"POST",   "/v1/conversations/{id}/messages/{message_id}/undo", "messages:write", agent, handle_undo_message},
    Endpoint{"GET",    "/v1/conversations/{id}/timeline",    "conversations:read",  agent, handle_list_timeline},
    Endpoint{"GET",    "/v1/attachments/{id}/link",          "conversations:read",  agent, handle_link_attachment},
    Endpoint{"POST",   "/v1/attachments/{id}/retry",         "conversations:write", agent, handle_retry_attachment},
    Endpoint{"POST",   "/v1/conversations/{id}/claim",       "conversations:write", agent, handle_claim},
    Endpoint{"POST",   "/v1/conversations/{id}/assign",      "conversations:write", agent, handle_assign},
    Endpoint{"POST",   "/v1/conversations/{id}/transfer",    "conversations:write", agent, handle_transfer},
    Endpoint{"POST",   "/v1/conversations/{id}/snooze",      "conversations:write", agent, handle_snooze},
    Endpoint{"POST",   "/v1/conversations/{id}/pending",     "conversations:write", agent, handle_pending},
    Endpoint{"POST",   "/v1/conversations/{id}/resolve",     "conversations:write", agent, handle_resolve},
    Endpoint{"POST",   "/v1/conversations/{id}/reopen",      "conversations:write", agent, handle_reopen},
    Endpoint{"POST",   "/v1/conversations/{id}/answered",    "conversations:write", agent, handle_answered},
    Endpoint{"POST",   "/v1/conversations/{id}/waive",       "conversations:write", agent, handle_waive},
    Endpoint{"POST",   "/v1/conversations/{id}/spam",        "conversations:write", agent, handle_mark_spam},
    Endpoint{"POST",   "/v1/conversations/{id}/not-spam",    "conversations:write", agent, handle_mark_not_spam},
    Endpoint{"POST",   "/v1/conversations/{id}/messages/{message_id}/treat-as-person", "conversations:write", agent,
             handle_treat_as_person},
    Endpoint{"POST",   "/v1/conversations/{id}/handoff",     "bot",                 agent, handle_handoff},
    Endpoint{"POST",   "/v1/conversations/{id}/merge",       "conversations:write", agent, handle_merge_conversation},
    Endpoint{"POST",   "/v1/conversations/{id}/split",       "conversations:write", agent, handle_split_conversation},

    Endpoint{"GET",    "/v1/drafts",                         "conversations:read",  agent, handle_list_drafts},
    Endpoint{"GET",    "/v1/conversations/{id}/draft",       "conversations:read",  agent, handle_get_draft},
    Endpoint{"PUT",    "/v1/conversations/{id}/draft",       "messages:write",      agent, handle_put_draft},
    Endpoint{"DELETE", "/v1/conversations/{id}/draft",       "messages:write",      agent, handle_delete_draft},
    Endpoint{"PUT",    "/v1/conversations/{id}/read",        "conversations:read",  agent, handle_mark_read},
    Endpoint{"GET",    "/v1/mentions",                       "conversations:read",  agent, handle_list_mentions},
    Endpoint{"GET",    "/v1/verdicts",                       "conversations:read",  agent, handle_list_verdicts},
    Endpoint{"GET",    "/v1/verdicts/days",                  "conversations:read",  agent, handle_count_verdict_days},

    Endpoint{"GET",    "/v1/canned",                         "canned:read",         agent, handle_list_canned},
    Endpoint{"POST",   "/v1/canned",                         "canned:write",        lead,  handle_create_canned},
    Endpoint{"GET",    "/v1/canned/{id}",                    "canned:read",         agent, handle_get_canned},
    Endpoint{"PATCH",  "/v1/canned/{id}",                    "canned:write",        lead,  handle_edit_canned},
    Endpoint{"DELETE", "/v1/canned/{id}",                    "canned:write",        lead,  handle_delete_canned},
    Endpoint{"GET",    "/v1/conversations/{id}/canned/{canned_id}", "conversations:read", agent, handle_render_canned},

    Endpoint{"GET",    "/v1/attributes",                     "attributes:read",     agent, handle_list_attributes},
    Endpoint{"POST",   "/v1/attributes",                     "attributes:write",    admin, handle_create_attribute},
    Endpoint{"GET",    "/v1/attributes/{id}",                "attributes:read",     agent, handle_get_attribute},
    Endpoint{"PATCH",  "/v1/attributes/{id}",                "attributes:write",    admin, handle_edit_attribute},
    Endpoint{"DELETE", "/v1/attributes/{id}",                "attributes:write",    admin, handle_delete_attribute},

    Endpoint{"GET",    "/v1/views",                          "views:read",          agent, handle_list_views},
    Endpoint{"POST",   "/v1/views",                          "views:write",         agent, handle_create_view},
    Endpoint{"GET",    "/v1/views/{id}",                     "views:read",          agent, handle_get_view},
    Endpoint{"PATCH",  "/v1/views/{id}",                     "views:write",         agent, handle_edit_view},
    Endpoint{"DELETE", "/v1/views/{id}",                     "views:write",         agent, handle_delete_view},

    Endpoint{"GET",    "/v1/search",                         "conversations:read",  agent, handle_search},
    Endpoint{"GET",    "/v1/counts",                         "conversations:read",  agent, handle_count_views},

    Endpoint{"GET",    "/v1/owed",                           "promises:read",       agent, handle_list_owed},
    Endpoint{"POST",   "/v1/promises",                       "promises:write",      agent, handle_give_word},
    Endpoint{"GET",    "/v1/promises/{id}",                  "promises:read",       agent, handle_get_promise},
    Endpoint{"POST",   "/v1/promises/{id}/keep",             "promises:write",      agent, handle_keep_promise},
    Endpoint{"POST",   "/v1/promises/{id}/renegotiate",      "promises:write",      agent, handle_renegotiate_promise},
    Endpoint{"POST",   "/v1/promises/{id}/break",            "promises:write",      agent, handle_break_promise},
    Endpoint{"POST",   "/v1/promises/{id}/waive",            "promises:write",      agent, handle_waive_promise},

    Endpoint{"GET",    "/v1/alerts",                         "alerts:read",         agent, handle_list_alerts},
    Endpoint{"GET",    "/v1/alerts/{id}",                    "alerts:read",         agent, handle_get_alert},
    Endpoint{"POST",   "/v1/alerts/{id}/acknowledge",        "alerts:write",        agent, handle_acknowledge_alert},

    Endpoint{"GET",    "/v1/events",                         "events:read",         agent, handle_list_events},

    Endpoint{"GET",    "/v1/agents",                         "agents:read",         agent, handle_list_agents},
    Endpoint{"POST",   "/v1/agents",                         "agents:write",        admin, handle_create_agent},
    Endpoint{"GET",    "/v1/agents/me",                      "agents:read",         agent, handle_get_own_agent},
    Endpoint{"PATCH",  "/v1/agents/me",                      "agents:write",        agent, handle_edit_own_agent},
    Endpoint{"PUT",    "/v1/agents/me/presence",             "agents:write",        agent, handle_put_own_presence},
    Endpoint{"GET",    "/v1/agents/{id}",                    "agents:read",         agent, handle_get_agent},
    Endpoint{"PATCH",  "/v1/agents/{id}",                    "agents:write",        admin, handle_edit_agent},
    Endpoint{"PUT",    "/v1/agents/{id}/presence",           "agents:write",        lead,  handle_put_presence},

    Endpoint{"GET",    "/v1/teams",                          "agents:read",         agent, handle_list_teams},
    Endpoint{"POST",   "/v1/teams",                          "agents:write",        admin, handle_create_team},
    Endpoint{"GET",    "/v1/teams/{id}",                     "agents:read",         agent, handle_get_team},
    Endpoint{"PATCH",  "/v1/teams/{id}",                     "agents:write",        admin, handle_edit_team},
    Endpoint{"DELETE", "/v1/teams/{id}",                     "agents:write",        admin, handle_delete_team},

    Endpoint{"GET",    "/v1/contacts",                       "contacts:read",       agent, handle_list_contacts},
    Endpoint{"GET",    "/v1/contacts/{id}",                  "contacts:read",       agent, handle_get_contact},
    Endpoint{"PATCH",  "/v1/contacts/{id}",                  "contacts:write",      agent, handle_edit_contact},
    Endpoint{"PUT",    "/v1/contacts",                       "contacts:write",      agent, handle_put_external_contact},
    Endpoint{"POST",   "/v1/contacts/{id}/merge",            "contacts:write",      agent, handle_merge_contact},

    Endpoint{"GET",    "/v1/channels",                       "channels:read",       agent, handle_list_channels},
    Endpoint{"POST",   "/v1/channels",                       "channels:write",      admin, handle_create_channel},
    Endpoint{"GET",    "/v1/channels/{id}",                  "channels:read",       agent, handle_get_channel},
    Endpoint{"PATCH",  "/v1/channels/{id}",                  "channels:write",      admin, handle_edit_channel},
    Endpoint{"POST",   "/v1/channels/{id}/rotate",           "channels:write",      admin, handle_rotate_secret},
    Endpoint{"POST",   "/v1/channels/{id}/rotate/finish",    "channels:write",      admin, handle_finish_rotation},
    Endpoint{"GET",    "/v1/channels/{id}/inbound/{external_id}",   "channels:read",  agent, handle_find_inbound},
    Endpoint{"GET",    "/v1/channels/{id}/rejections",              "channels:read",  lead,  handle_list_rejections},
    Endpoint{"POST",   "/v1/channels/{id}/rejections/{rejection_id}/replay", "channels:write", lead, handle_replay_rejection,
             limits::kJsonBodyBytesMax, keep_files_of_rejection},
    Endpoint{"GET",    "/v1/quarantine",                     "channels:read",       lead,  handle_list_quarantine},
    Endpoint{"POST",   "/v1/quarantine/{id}/retry",          "channels:write",      lead,  handle_retry_quarantined,
             limits::kJsonBodyBytesMax, keep_files_of_quarantined},
    Endpoint{"GET",    "/v1/channels/{id}/outbox",           "channels:read",       agent, handle_list_outbox},
    Endpoint{"POST",   "/v1/channels/{id}/outbox/{delivery_id}/acknowledge", "channels:write", lead, handle_acknowledge_delivery},
    Endpoint{"GET",    "/v1/deliveries/{id}",                "channels:read",       agent, handle_get_delivery},
    Endpoint{"POST",   "/v1/deliveries/{id}/retry",          "channels:write",      agent, handle_retry_delivery},

    Endpoint{"GET",    "/v1/policies",                       "policies:read",       agent, handle_list_policies},
    Endpoint{"POST",   "/v1/policies",                       "policies:write",      admin, handle_create_policy},
    Endpoint{"GET",    "/v1/policies/{id}",                  "policies:read",       agent, handle_get_policy},
    Endpoint{"PATCH",  "/v1/policies/{id}",                  "policies:write",      admin, handle_edit_policy},
    Endpoint{"DELETE", "/v1/policies/{id}",                  "policies:write",      admin, handle_delete_policy},

    Endpoint{"GET",    "/v1/hours",                          "policies:read",       agent, handle_list_hours},
    Endpoint{"POST",   "/v1/hours",                          "policies:write",      admin, handle_create_hours},
    Endpoint{"GET",    "/v1/hours/{id}",                     "policies:read",       agent, handle_get_hours},
    Endpoint{"PATCH",  "/v1/hours/{id}",                     "policies:write",      admin, handle_edit_hours},
    Endpoint{"DELETE", "/v1/hours/{id}",                     "policies:write",      admin, handle_delete_hours},

    Endpoint{"GET",    "/v1/webhooks",                       "webhooks:read",       admin, handle_list_webhooks},
    Endpoint{"POST",   "/v1/webhooks",                       "webhooks:write",      admin, handle_create_webhook},
    Endpoint{"GET",    "/v1/webhooks/{id}",                  "webhooks:read",       admin, handle_get_webhook},
    Endpoint{"PATCH",  "/v1/webhooks/{id}",                  "webhooks:write",      admin, handle_edit_webhook},
    Endpoint{"DELETE", "/v1/webhooks/{id}",                  "webhooks:write",      admin, handle_delete_webhook},
    Endpoint{"POST",   "/v1/webhooks/{id}/rotate",           "webhooks:write",      admin, handle_rotate_webhook},
    Endpoint{"POST",   "/v1/webhooks/{id}/rotate/finish",    "webhooks:write",      admin, handle_finish_webhook_rotation},
    Endpoint{"POST",   "/v1/webhooks/{id}/test",             "webhooks:write",      admin, handle_test_webhook},
    Endpoint{"POST",   "/v1/webhooks/{id}/replay",           "webhooks:write",      admin, handle_replay_webhook},
    Endpoint{"GET",    "/v1/webhooks/{id}/deliveries",       "webhooks:read",       admin, handle_list_webhook_deliveries},
    Endpoint{"GET",    "/v1/webhooks/{id}/deliveries/{event_id}", "webhooks:read",  admin, handle_get_webhook_delivery},
    Endpoint{"POST",   "/v1/webhooks/{id}/deliveries/{event_id}/replay", "webhooks:write", admin, handle_replay_webhook_delivery},

    Endpoint{"GET",    "/v1/tokens",                         "tokens:write",        admin, handle_list_tokens},
    Endpoint{"POST",   "/v1/tokens",                         "tokens:write",        admin, handle_issue_token},
    Endpoint{"DELETE", "/v1/tokens/{id}",                    "tokens:write",        agent, handle_revoke_token},

    Endpoint{"GET",    "/v1/account",                        "account:read",        agent, handle_get_account},
    Endpoint{"PATCH",  "/v1/account",                        "account:write",       admin, handle_edit_account},
    Endpoint{"GET",    "/v1/audit",                          "audit:read",          admin, handle_list_audit},
};
// clang-format on

}  // namespace

std::span<const Endpoint> endpoints() {
    return kEndpoints;
}

}  // namespace lupaus::inbox
