# Agents, teams, channels, contacts, policies, opening hours, tokens, presence, and what their handlers share.
set(LUPAUS_INBOX_ADMIN_SOURCES cursor.cpp page.cpp if_match.cpp resource.cpp account.cpp agents.cpp teams.cpp presence.cpp signature.cpp channels.cpp
    contacts.cpp contact_merge.cpp policies.cpp hours.cpp tokens.cpp)
set(LUPAUS_INBOX_ADMIN_LINK lupaus_common_net lupaus_common_text lupaus_common_crypto lupaus_desk_context lupaus_desk_account
    lupaus_desk_agent lupaus_desk_channel lupaus_desk_contact lupaus_desk_hours lupaus_desk_policy lupaus_desk_promise
    lupaus_desk_conversation lupaus_desk_token lupaus_desk_event lupaus_desk_inbound lupaus_desk_canned lupaus_desk_message)
