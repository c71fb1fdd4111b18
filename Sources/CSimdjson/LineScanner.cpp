// The fast way to the fields of a line: simdjson's stage 1 finds the structure of many lines at once, and one walk over it checks the
// grammar and takes the fields, without building a document.
//
// It takes a line only when it is sure of it. Whatever is unusual (escapes in a key or a wanted text, integers beyond 18 digits,
// doubles near the ends of their range, lone surrogates, nesting beyond 64 levels) and whatever is broken is left to the DOM parser,
// line by line: so this file decides what is fast, and never what is right.
//
// Why lines do not disturb each other: stage 1 refuses a control character within a string, so where it succeeds no string spans a
// line end, and behind every line end it stands outside of strings.
#include "CSimdjson.h"
#include "slots.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

struct weir_json_scanner {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage1;
    const uint8_t *base = nullptr;
    // The next structural character, as an offset from `base`, and the end of them.
    const uint32_t *next = nullptr;
    const uint32_t *end = nullptr;
};

namespace {

constexpr int depth_max = 64;

// A walk over the structural characters of one line.
struct Walk {
    const uint8_t *base;
    const uint32_t *next;
    const uint32_t *end;
    bool has_escapes;

    bool has(ptrdiff_t count) const { return end - next >= count; }
    const uint8_t *at(ptrdiff_t index) const { return base + next[index]; }
    uint8_t take() { return base[*next++]; }
};

inline bool is_blank(uint8_t byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

inline bool ends_scalar(uint8_t byte) { return byte == ',' || byte == '}' || byte == ']' || is_blank(byte); }

inline bool is_digit(uint8_t byte) { return uint8_t(byte - '0') < 10; }

// The closing quote of a string that is followed by the structural character at `after`: between them is only white space, because
// stage 1 marks whatever else follows a string.
inline const uint8_t *closing_quote(const uint8_t *after) {
    const uint8_t *quote = after - 1;
    while (is_blank(*quote)) quote--;
    return quote;
}

// Four hexadecimal digits, or -1.
inline int32_t hex4(const uint8_t *text) {
    int32_t code = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t digit = uint8_t(text[i] - '0');
        uint8_t letter = uint8_t((text[i] | 0x20) - 'a');
        if (digit < 10) code = code << 4 | digit;
        else if (letter < 6) code = code << 4 | (letter + 10);
        else return -1;
    }
    return code;
}

// Whether all escapes of a string are right; false also for lone surrogates.
bool has_right_escapes(const uint8_t *text, const uint8_t *end) {
    while (text < end && (text = static_cast<const uint8_t *>(std::memchr(text, '\\', size_t(end - text))))) {
        switch (text[1]) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
            text += 2;
            break;
        case 'u': {
            int32_t code = hex4(text + 2);
            if (code < 0) return false;
            text += 6;
            if (code >= 0xD800 && code < 0xE000) {
                if (code >= 0xDC00 || text[0] != '\\' || text[1] != 'u') return false;
                int32_t low = hex4(text + 2);
                if (low < 0xDC00 || low >= 0xE000) return false;
                text += 6;
            }
            break;
        }
        default:
            return false;
        }
    }
    return true;
}

// Powers of ten that are exact as doubles.
constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Reads a number. With up to 2⁵³ in its digits and a power of ten up to 22 one operation on exact operands gives the nearest double
// (W. Clinger, "How to read floating point numbers accurately", 1990); the rest is `std::from_chars`.
inline bool read_number(const uint8_t *text, weir_json_field &field) {
    const uint8_t *start = text;
    bool is_negative = *text == '-';
    text += is_negative;
    const uint8_t *first = text;
    uint64_t digits = 0;
    while (is_digit(*text)) digits = digits * 10 + (*text++ - '0');
    ptrdiff_t count = text - first;
    if (count == 0 || (*first == '0' && count > 1) || count > 18) return false;
    if (ends_scalar(*text)) {
        field.tag = WEIR_JSON_INT;
        field.integer = is_negative ? -int64_t(digits) : int64_t(digits);
        return true;
    }
    int64_t power = 0;
    if (*text == '.') {
        const uint8_t *fraction = ++text;
        while (is_digit(*text)) digits = digits * 10 + (*text++ - '0');
        if (text == fraction) return false;
        power = fraction - text;
        count += text - fraction;
    }
    if ((*text | 0x20) == 'e') {
        text++;
        bool is_down = *text == '-';
        if (is_down || *text == '+') text++;
        const uint8_t *exponent = text;
        int64_t value = 0;
        while (is_digit(*text)) value = value * 10 + (*text++ - '0');
        if (text == exponent || text - exponent > 4) return false;
        power += is_down ? -value : value;
    }
    if (!ends_scalar(*text)) return false;
    field.tag = WEIR_JSON_DOUBLE;
    // At most 19 digits do not overflow.
    if (count <= 19 && digits <= (uint64_t(1) << 53) && power >= -22 && power <= 22) {
        double value = double(digits);
        value = power < 0 ? value / powers[-power] : value * powers[power];
        field.number = is_negative ? -value : value;
        return true;
    }
    const char *from = reinterpret_cast<const char *>(start);
    const char *to = reinterpret_cast<const char *>(text);
    auto result = std::from_chars(from, to, field.number);
    double magnitude = std::fabs(field.number);
    return result.ec == std::errc() && result.ptr == to && magnitude > 1e-300 && magnitude < 1e300;
}

// Whether a number that nobody wants is one: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
inline bool is_number(const uint8_t *text) {
    if (*text == '-') text++;
    const uint8_t *first = text;
    while (is_digit(*text)) text++;
    if (text == first || (*first == '0' && text - first > 1)) return false;
    if (*text == '.') {
        first = ++text;
        while (is_digit(*text)) text++;
        if (text == first) return false;
    }
    if ((*text | 0x20) == 'e') {
        text++;
        if (*text == '+' || *text == '-') text++;
        first = text;
        while (is_digit(*text)) text++;
        if (text == first) return false;
    }
    return ends_scalar(*text);
}

inline bool is_word(const uint8_t *text, const char *word, size_t length) {
    return std::memcmp(text, word, length) == 0 && ends_scalar(text[length]);
}

// Whether a value that is no container, and that nobody wants, is right. `walk.next` is behind it.
inline bool is_scalar(const Walk &walk, const uint8_t *value) {
    switch (*value) {
    case '"': return !walk.has_escapes || has_right_escapes(value + 1, walk.at(0));
    case 't': return is_word(value, "true", 4);
    case 'f': return is_word(value, "false", 5);
    case 'n': return is_word(value, "null", 4);
    default: return is_number(value);
    }
}

// Walks over a container, whose opening bracket was taken. Counts the strings among its own elements in `texts`, and says in
// `only_texts` whether there was anything else.
bool skip_container(Walk &walk, bool is_array, uint32_t &texts, bool &only_texts) {
    uint64_t arrays = is_array;  // A bit a level, the innermost lowest.
    int depth = 1;
    texts = 0;
    only_texts = is_array;
    bool is_fresh = true;
    for (;;) {
        if (!walk.has(2)) return false;
        bool in_array = arrays & 1;
        uint8_t close = in_array ? ']' : '}';
        bool is_closed = is_fresh && *walk.at(0) == close;
        if (!is_closed) {
            if (!in_array) {
                const uint8_t *key = walk.at(0);
                if (*key != '"' || *walk.at(1) != ':') return false;
                if (walk.has_escapes && !has_right_escapes(key + 1, walk.at(1))) return false;
                walk.next += 2;
                if (!walk.has(2)) return false;
            }
            const uint8_t *value = walk.at(0);
            walk.next++;
            if (*value == '{' || *value == '[') {
                if (depth == depth_max) return false;
                if (depth == 1) only_texts = false;
                arrays = arrays << 1 | (*value == '[');
                depth++;
                is_fresh = true;
                continue;
            }
            if (!is_scalar(walk, value)) return false;
            if (depth == 1) {
                texts += *value == '"';
                only_texts = only_texts && *value == '"';
            }
        }
        // What follows a value, as often as containers end.
        for (;;) {
            if (!walk.has(1)) return false;
            uint8_t byte = walk.take();
            if (byte == ',' && !is_closed) break;
            if (byte != ((arrays & 1) ? ']' : '}')) return false;
            arrays >>= 1;
            if (--depth == 0) return true;
            is_closed = false;
        }
        is_fresh = false;
    }
}

struct Envelope {
    bool has_version = false;
    bool has_payload = false;
    weir_json_field *payload;
};

bool read_object(Walk &walk, weir_json_field *fields, Envelope *envelope);

// Takes a wanted value into its slot. `walk.next` is behind its first structural character.
inline bool read_field(Walk &walk, const uint8_t *value, weir_json_field &field) {
    switch (*value) {
    case '"': {
        const uint8_t *text = value + 1;
        size_t length = size_t(closing_quote(walk.at(0)) - text);
        if (walk.has_escapes && std::memchr(text, '\\', length)) return false;
        field.tag = WEIR_JSON_STRING;
        field.length = uint32_t(length);
        field.text = text;
        return true;
    }
    case 't':
    case 'f':
        field.tag = WEIR_JSON_BOOL;
        field.integer = *value == 't';
        return *value == 't' ? is_word(value, "true", 4) : is_word(value, "false", 5);
    case 'n':
        field.tag = WEIR_JSON_NULL;
        return is_word(value, "null", 4);
    case '{':
    case '[': {
        bool only_texts;
        if (!skip_container(walk, *value == '[', field.length, only_texts)) return false;
        field.tag = only_texts ? WEIR_JSON_TEXTS : WEIR_JSON_OTHER;
        return true;
    }
    default:
        return read_number(value, field);
    }
}

// Reads an object, whose `{` was taken, and its `}`. The last of equal keys wins.
bool read_object(Walk &walk, weir_json_field *fields, Envelope *envelope) {
    if (walk.has(1) && *walk.at(0) == '}') {
        walk.next++;
        return true;
    }
    for (;;) {
        // Key, colon, value, and what follows.
        if (!walk.has(4)) return false;
        const uint8_t *key = walk.at(0) + 1;
        const uint8_t *colon = walk.at(1);
        if (key[-1] != '"' || *colon != ':') return false;
        size_t length = size_t(closing_quote(colon) - key);
        if (walk.has_escapes && std::memchr(key, '\\', length)) return false;
        int slot = weir_slot_of(reinterpret_cast<const char *>(key), length);
        const uint8_t *value = walk.at(2);
        walk.next += 3;
        if (slot >= 0) {
            if (!read_field(walk, value, fields[slot])) return false;
        } else if (slot == WEIR_PAYLOAD && envelope) {
            envelope->has_payload = *value == '{';
            if (envelope->has_payload) {
                std::memset(envelope->payload, 0, sizeof(weir_json_field) * WEIR_SLOT_COUNT);
                if (!read_object(walk, envelope->payload, nullptr)) return false;
            } else if (*value == '[' || !is_scalar(walk, value)) {
                return false;
            }
        } else {
            if (slot == WEIR_ENVELOPE_VERSION && envelope) envelope->has_version = true;
            if (*value == '{' || *value == '[') {
                uint32_t texts;
                bool only_texts;
                if (!skip_container(walk, *value == '[', texts, only_texts)) return false;
            } else if (!is_scalar(walk, value)) {
                return false;
            }
        }
        if (!walk.has(1)) return false;
        uint8_t byte = walk.take();
        if (byte == '}') return true;
        if (byte != ',') return false;
    }
}

}  // namespace

extern "C" weir_json_scanner *weir_json_scanner_create(void) {
    auto *scanner = new (std::nothrow) weir_json_scanner;
    if (!scanner) return nullptr;
    auto code = simdjson::get_active_implementation()->create_dom_parser_implementation(
        WEIR_JSON_WINDOW, simdjson::DEFAULT_MAX_DEPTH, scanner->stage1);
    if (code == simdjson::SUCCESS) return scanner;
    delete scanner;
    return nullptr;
}

extern "C" void weir_json_scanner_destroy(weir_json_scanner *scanner) { delete scanner; }

extern "C" size_t weir_json_window(const uint8_t *bytes, size_t count) {
    if (count > WEIR_JSON_WINDOW) count = WEIR_JSON_WINDOW;
    while (count > 0 && bytes[count - 1] != '\n') count--;
    return count;
}

extern "C" int weir_json_scan(weir_json_scanner *scanner, const uint8_t *lines, size_t length) {
    if (length > WEIR_JSON_WINDOW) return 0;
    if (scanner->stage1->stage1(lines, length, simdjson::stage1_mode::regular) != simdjson::SUCCESS) return 0;
    scanner->base = lines;
    scanner->next = scanner->stage1->structural_indexes.get();
    scanner->end = scanner->next + scanner->stage1->n_structural_indexes;
    return 1;
}

extern "C" int weir_json_scan_line(
    weir_json_scanner *scanner, size_t offset, size_t length, weir_json_field *fields) {
    const uint32_t *next = scanner->next;
    while (next < scanner->end && *next < offset) next++;
    scanner->next = next;
    Walk walk{scanner->base, next, scanner->end, false};
    if (!walk.has(2) || walk.take() != '{') return WEIR_JSON_UNSURE;
    walk.has_escapes = std::memchr(scanner->base + offset, '\\', length) != nullptr;
    weir_json_field payload[WEIR_SLOT_COUNT];
    Envelope envelope;
    envelope.payload = payload;
    std::memset(fields, 0, sizeof(weir_json_field) * WEIR_SLOT_COUNT);
    if (!read_object(walk, fields, &envelope)) return WEIR_JSON_UNSURE;
    // The object must end with the line: its bracket within it, the next structural character behind it.
    size_t end = offset + length;
    if (walk.next[-1] >= end || (walk.next < walk.end && *walk.next < end)) return WEIR_JSON_UNSURE;
    scanner->next = walk.next;
    if (envelope.has_version && envelope.has_payload) {
        if (weir_is_missing(payload[WEIR_EVENT_TYPE])) payload[WEIR_EVENT_TYPE] = fields[WEIR_EVENT_TYPE];
        if (weir_is_missing(payload[WEIR_CORRELATION_ID])) {
            payload[WEIR_CORRELATION_ID] = fields[WEIR_CORRELATION_ID];
        }
        std::memcpy(fields, payload, sizeof payload);
    }
    return WEIR_JSON_EVENT;
}
