// The keys of an event that Weir reads, as slots.
#ifndef WEIR_SLOTS_H
#define WEIR_SLOTS_H

#include "CSimdjson.h"

#include <cstddef>
#include <cstring>

// Beside the slots: the keys of an envelope.
enum { WEIR_NO_SLOT = -1, WEIR_ENVELOPE_VERSION = -2, WEIR_PAYLOAD = -3 };

// Slot of a key, or one of the above. Keys are told apart by length, then by a letter, then compared with a constant length, which
// compiles to a few loads and no call.
static inline int weir_slot_of(const char *key, size_t length) {
#define WEIR_KEY(name, slot) (std::memcmp(key, name, sizeof(name) - 1) == 0 ? int(slot) : int(WEIR_NO_SLOT))
    switch (length) {
    case 7:
        return key[0] == 's' ? WEIR_KEY("success", WEIR_SUCCESS) : WEIR_KEY("payload", WEIR_PAYLOAD);
    case 8: return WEIR_KEY("event_id", WEIR_EVENT_ID);
    case 9:
        return key[0] == 't' ? WEIR_KEY("timestamp", WEIR_TIMESTAMP) : WEIR_KEY("node_type", WEIR_NODE_TYPE);
    case 10:
        if (key[0] == 's') return WEIR_KEY("stage_name", WEIR_STAGE_NAME);
        return key[1] == 'v' ? WEIR_KEY("event_type", WEIR_EVENT_TYPE) : WEIR_KEY("error_code", WEIR_ERROR_CODE);
    case 11: return WEIR_KEY("workflow_id", WEIR_WORKFLOW_ID);
    case 12:
        if (key[0] == 's') return WEIR_KEY("stage_number", WEIR_STAGE_NUMBER);
        if (key[0] == 't') return WEIR_KEY("total_tokens", WEIR_TOTAL_TOKENS);
        if (key[0] == 'f') return WEIR_KEY("failed_stage", WEIR_FAILED_STAGE);
        return WEIR_KEY("is_retryable", WEIR_IS_RETRYABLE);
    case 13:
        if (key[0] == 'p') return WEIR_KEY("primary_model", WEIR_PRIMARY_MODEL);
        return key[0] == 'q' ? WEIR_KEY("quality_score", WEIR_QUALITY_SCORE)
                             : WEIR_KEY("test_coverage", WEIR_TEST_COVERAGE);
    case 14:
        return key[0] == 'c' ? WEIR_KEY("correlation_id", WEIR_CORRELATION_ID)
                             : WEIR_KEY("total_cost_usd", WEIR_TOTAL_COST_USD);
    case 16:
        if (key[0] == 'd') return WEIR_KEY("duration_seconds", WEIR_DURATION_SECONDS);
        if (key[0] == 'c') return WEIR_KEY("complexity_score", WEIR_COMPLEXITY_SCORE);
        return key[0] == 'p' ? WEIR_KEY("patterns_applied", WEIR_PATTERNS_APPLIED)
                             : WEIR_KEY("envelope_version", WEIR_ENVELOPE_VERSION);
    case 22: return WEIR_KEY("total_duration_seconds", WEIR_TOTAL_DURATION_SECONDS);
    case 24: return WEIR_KEY("partial_duration_seconds", WEIR_PARTIAL_DURATION_SECONDS);
    default: return WEIR_NO_SLOT;
    }
#undef WEIR_KEY
}

// What an envelope lends to its payload: a field that the payload lacks.
static inline bool weir_is_missing(const weir_json_field &field) {
    return field.tag == WEIR_JSON_ABSENT || field.tag == WEIR_JSON_NULL;
}

#endif
