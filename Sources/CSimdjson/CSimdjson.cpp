#include "CSimdjson.h"
#include "slots.h"

#include <algorithm>
#include <new>
#include <simdjson.h>

namespace dom = simdjson::dom;

struct weir_json_parser {
    dom::parser parser;
};

namespace {

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
        int slot = weir_slot_of(member.key.data(), member.key.size());
        if (slot >= 0) {
            fill(fields[slot], member.value);
        } else if (slot == WEIR_ENVELOPE_VERSION) {
            has_version = true;
        } else if (slot == WEIR_PAYLOAD) {
            has_payload = member.value.is_object();
            *payload = member.value;
        }
    }
    return has_version && has_payload;
}

}  // namespace

extern "C" weir_json_parser *weir_json_parser_create(void) { return new (std::nothrow) weir_json_parser; }

extern "C" void weir_json_parser_destroy(weir_json_parser *parser) { delete parser; }

// The scanner looks at up to 38 bytes at a time: a UUID and its quotes.
extern "C" size_t weir_json_padding(void) { return std::max<size_t>(simdjson::SIMDJSON_PADDING, 48); }

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
        if (weir_is_missing(fields[WEIR_EVENT_TYPE])) fields[WEIR_EVENT_TYPE] = type;
        if (weir_is_missing(fields[WEIR_CORRELATION_ID])) fields[WEIR_CORRELATION_ID] = correlation;
    }
    return WEIR_JSON_EVENT;
}
