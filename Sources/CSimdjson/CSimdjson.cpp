#include "CSimdjson.h"

#include <cstring>
#include <new>
#include <simdjson.h>

namespace dom = simdjson::dom;

struct weir_json_parser {
    dom::parser parser;
};

namespace {


// Slot of a key, or -1. Keys are told apart by length first, then compared.
inline int slot_of(std::string_view key) {
    auto is = [&](const char *name) { return std::memcmp(key.data(), name, key.size()) == 0; };
    switch (key.size()) {
    case 7: return is("success") ? WEIR_SUCCESS : -1;
    case 8: return is("event_id") ? WEIR_EVENT_ID : -1;
    case 9:
        if (is("timestamp")) return WEIR_TIMESTAMP;
        return is("node_type") ? WEIR_NODE_TYPE : -1;
    case 10:
        if (is("event_type")) return WEIR_EVENT_TYPE;
        if (is("stage_name")) return WEIR_STAGE_NAME;
        return is("error_code") ? WEIR_ERROR_CODE : -1;
    case 11: return is("workflow_id") ? WEIR_WORKFLOW_ID : -1;
    case 12:
        if (is("stage_number")) return WEIR_STAGE_NUMBER;
        if (is("total_tokens")) return WEIR_TOTAL_TOKENS;
        if (is("failed_stage")) return WEIR_FAILED_STAGE;
        return is("is_retryable") ? WEIR_IS_RETRYABLE : -1;
    case 13:
        if (is("primary_model")) return WEIR_PRIMARY_MODEL;
        if (is("quality_score")) return WEIR_QUALITY_SCORE;
        return is("test_coverage") ? WEIR_TEST_COVERAGE : -1;
    case 14:
        if (is("correlation_id")) return WEIR_CORRELATION_ID;
        return is("total_cost_usd") ? WEIR_TOTAL_COST_USD : -1;
    case 16:
        if (is("duration_seconds")) return WEIR_DURATION_SECONDS;
        if (is("complexity_score")) return WEIR_COMPLEXITY_SCORE;
        return is("patterns_applied") ? WEIR_PATTERNS_APPLIED : -1;
    case 22: return is("total_duration_seconds") ? WEIR_TOTAL_DURATION_SECONDS : -1;
    case 24: return is("partial_duration_seconds") ? WEIR_PARTIAL_DURATION_SECONDS : -1;
    default: return -1;
    }
}

inline void fill(weir_json_field &field, dom::element value) {
    switch (value.type()) {
    case dom::element_type::NULL_VALUE:
        field.tag = WEIR_JSON_NULL;
        break;
    case dom::element_type::BOOL:
        field.tag = WEIR_JSON_BOOL;
        field.integer = bool(value) ? 1 : 0;
        break;
    case dom::element_type::INT64:
        field.tag = WEIR_JSON_INT;
        field.integer = int64_t(value);
        break;
    case dom::element_type::UINT64: {
        field.tag = WEIR_JSON_UINT;
        field.integer = int64_t(uint64_t(value));
        break;
    }
    case dom::element_type::DOUBLE:
        field.tag = WEIR_JSON_DOUBLE;
        field.number = double(value);
        break;
    case dom::element_type::STRING: {
        std::string_view text = value;
        field.tag = WEIR_JSON_STRING;
        field.length = uint32_t(text.size());
        field.text = reinterpret_cast<const uint8_t *>(text.data());
        break;
    }
    case dom::element_type::ARRAY: {
        uint32_t count = 0;
        field.tag = WEIR_JSON_TEXTS;
        for (dom::element element : dom::array(value)) {
            if (!element.is_string()) {
                field.tag = WEIR_JSON_OTHER;
                break;
            }
            count++;
        }
        field.length = count;
        break;
    }
    default:
        field.tag = WEIR_JSON_OTHER;
    }
}

// Fills the slots from an object, once through it, the last of equal keys winning. Says whether it is an envelope.
inline bool fill(weir_json_field *fields, dom::object object, dom::element *payload) {
    bool has_version = false;
    bool has_payload = false;
    for (auto member : object) {
        int slot = slot_of(member.key);
        if (slot >= 0) {
            fill(fields[slot], member.value);
        } else if (member.key.size() == 16 && member.key == "envelope_version") {
            has_version = true;
        } else if (member.key.size() == 7 && member.key == "payload") {
            has_payload = member.value.is_object();
            *payload = member.value;
        }
    }
    return has_version && has_payload;
}

inline bool is_missing(const weir_json_field &field) {
    return field.tag == WEIR_JSON_ABSENT || field.tag == WEIR_JSON_NULL;
}

}  // namespace

extern "C" weir_json_parser *weir_json_parser_create(void) { return new (std::nothrow) weir_json_parser; }

extern "C" void weir_json_parser_destroy(weir_json_parser *parser) { delete parser; }

extern "C" size_t weir_json_padding(void) { return simdjson::SIMDJSON_PADDING; }

extern "C" int weir_json_parse(
    weir_json_parser *parser, const uint8_t *line, size_t length, weir_json_field *fields, const char **error) {
    dom::element root;
    auto code = parser->parser.parse(line, length, /* realloc_if_needed */ false).get(root);
    if (code != simdjson::SUCCESS) {
        *error = simdjson::error_message(code);
        switch (code) {
        case simdjson::NUMBER_ERROR:
        case simdjson::DEPTH_ERROR:
        case simdjson::CAPACITY:
        case simdjson::MEMALLOC:
            return WEIR_JSON_UNSURE;
        default:
            return WEIR_JSON_MALFORMED;
        }
    }
    dom::object object;
    if (root.get(object) != simdjson::SUCCESS) {
        *error = "the line is not a JSON object";
        return WEIR_JSON_NOT_AN_OBJECT;
    }
    for (int slot = 0; slot < WEIR_SLOT_COUNT; slot++) fields[slot].tag = WEIR_JSON_ABSENT;
    dom::element payload;
    if (fill(fields, object, &payload)) {
        weir_json_field type = fields[WEIR_EVENT_TYPE];
        weir_json_field correlation = fields[WEIR_CORRELATION_ID];
        for (int slot = 0; slot < WEIR_SLOT_COUNT; slot++) fields[slot].tag = WEIR_JSON_ABSENT;
        dom::element ignored;
        fill(fields, dom::object(payload), &ignored);
        if (is_missing(fields[WEIR_EVENT_TYPE])) fields[WEIR_EVENT_TYPE] = type;
        if (is_missing(fields[WEIR_CORRELATION_ID])) fields[WEIR_CORRELATION_ID] = correlation;
    }
    return WEIR_JSON_EVENT;
}
