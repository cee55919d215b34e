# Conversations, what is done to them and said in them, alerts and promises.
set(LUPAUS_INBOX_CONVERSATION_SOURCES time_cursor.cpp conversation_change.cpp conversation_finish.cpp conversations.cpp
    saved_view.cpp view_list.cpp views.cpp
    conversation_actions.cpp conversation_steps.cpp verdicts.cpp verdict_list.cpp bulk.cpp attention.cpp timeline.cpp mentions.cpp messages.cpp message_html.cpp speaker.cpp undo.cpp recipients.cpp reply_draft.cpp reply.cpp reply_then.cpp
    reply_wait.cpp alerts.cpp word.cpp promises.cpp owed.cpp merge.cpp split.cpp)
set(LUPAUS_INBOX_CONVERSATION_LINK lupaus_common_mail lupaus_common_net lupaus_common_text lupaus_desk_context lupaus_desk_agent
    lupaus_desk_alert lupaus_desk_attention lupaus_desk_capacity lupaus_desk_contact lupaus_desk_conversation lupaus_desk_delivery lupaus_desk_event
    lupaus_desk_inbound lupaus_desk_letter lupaus_desk_mention lupaus_desk_merging lupaus_desk_message lupaus_desk_promise lupaus_desk_timeline lupaus_desk_timer lupaus_desk_token lupaus_desk_verdict
    lupaus_desk_filter lupaus_desk_view)
