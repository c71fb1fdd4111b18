// The fast way to the fields of a line: one walk over its bytes checks the grammar and takes the fields, without building a document.
//
// It takes a line only when it is sure of it. Whatever is unusual (escapes in a key or a wanted text, integers beyond 18 digits,
// doubles near the ends of their range, lone surrogates, nesting beyond 64 levels) and whatever is broken is left to the DOM parser:
// so this file decides what is fast, and never what is right.
//
// Lines of one producer have the same keys in the same order, written in the same way. So the scanner remembers what stood between a
// value and the next (`,"event_id":`), and which of these followed which: where a line does as others did, a key costs one comparison of
// 32 bytes, and its slot is known. Whatever it remembers was checked when it was met first.
//
// Nothing here reads beyond a line end: strings end at control characters, numbers at what is no digit, and white space at a line feed.
// Only whole vectors are read, up to `weir_json_padding()` bytes too many.
#include "CSimdjson.h"
#include "slots.h"
#include "uuid.h"
#include "vector16.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <new>
#include <simdjson.h>

namespace {

constexpr int depth_max = 64;

// What stood between two values of an object: a comma or the opening brace, a key, a colon, and white space.
struct Key {
    static constexpr int bytes_max = 32;
    static constexpr int successors_max = 4;

    alignas(16) uint8_t text[bytes_max];
    // A bit for each byte of `text` that is in use.
    uint32_t mask;
    int32_t length;
    int32_t slot;
    // Keys that followed this one, the first met first; 0 for none.
    uint8_t successors[successors_max];

    bool begins(const uint8_t *text) const {
        uint32_t same = weir_equal16(text, this->text) | weir_equal16(text + 16, this->text + 16) << 16;
        return (same & mask) == mask;
    }
};

}  // namespace

struct weir_json_scanner {
    static constexpr int keys_max = 128;

    // The first stands for the start of a line, and for keys that are not remembered.
    Key keys[keys_max];
    int count;
    // How many keys may be learnt now. To learn one costs a look at all, so a line pays for one on average: lines whose keys are never
    // the same twice cost little more than without memory.
    int lessons = keys_max;

    // Forgets all keys, when there are too many.
    void forget() {
        std::memset(&keys[0], 0, sizeof(Key));
        count = 1;
    }
};

namespace {

inline bool is_blank(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

inline bool is_digit(uint8_t byte) { return uint8_t(byte - '0') < 10; }

inline const uint8_t *skip_blank(const uint8_t *at) {
    while (is_blank(*at)) at++;
    return at;
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

// The inside of a string.
struct Text {
    const uint8_t *start;
    // Its closing quote; null for a string that does not end in its line.
    const uint8_t *end;
    bool has_escapes;
    bool is_ascii;

    bool is_right() const { return end && ((!has_escapes && is_ascii) || is_right_beyond_ascii()); }

    __attribute__((noinline)) bool is_right_beyond_ascii() const {
        if (has_escapes && !has_right_escapes(start, end)) return false;
        return is_ascii || simdjson::validate_utf8(reinterpret_cast<const char *>(start), size_t(end - start));
    }
};

// Reads on to the closing quote of a string, whose opening one stands before `start`.
inline Text read_text(const uint8_t *start) {
    Text text{start, nullptr, false, true};
    const uint8_t *at = start;
    for (;;) {
        weir_string16 found = weir_look_at_string16(at);
        if (!found.ends) {
            text.is_ascii = text.is_ascii && !found.beyond_ascii;
            at += 16;
            continue;
        }
        int place = __builtin_ctz(found.ends);
        if (found.beyond_ascii & ((1u << place) - 1)) text.is_ascii = false;
        at += place;
        if (*at == '"') {
            text.end = at;
            return text;
        }
        // A control character, also where it is escaped.
        if (*at != '\\' || at[1] < ' ') return text;
        text.has_escapes = true;
        if (at[1] >= 0x80) text.is_ascii = false;
        at += 2;
    }
}

// Powers of ten that are exact as doubles.
constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Reads a number; returns what follows it, or null. With up to 2⁵³ in its digits and a power of ten up to 22 one operation on exact
// operands gives the nearest double (W. Clinger, "How to read floating point numbers accurately", 1990); the rest is
// `std::from_chars`.
inline const uint8_t *read_number(const uint8_t *start, weir_json_field &field) {
    const uint8_t *text = start;
    bool is_negative = *text == '-';
    text += is_negative;
    const uint8_t *first = text;
    uint64_t digits = 0;
    while (is_digit(*text)) digits = digits * 10 + (*text++ - '0');
    ptrdiff_t count = text - first;
    if (count == 0 || (*first == '0' && count > 1) || count > 18) return nullptr;
    if (*text != '.' && (*text | 0x20) != 'e') {
        field.tag = WEIR_JSON_INT;
        field.integer = is_negative ? -int64_t(digits) : int64_t(digits);
        return text;
    }
    int64_t power = 0;
    if (*text == '.') {
        const uint8_t *fraction = ++text;
        while (is_digit(*text)) digits = digits * 10 + (*text++ - '0');
        if (text == fraction) return nullptr;
        power = fraction - text;
        count += text - fraction;
    }
    if ((*text | 0x20) == 'e') {
        text++;
        bool is_down = *text == '-';
        if (is_down || *text == '+') text++;
        const uint8_t *exponent = text;
        int64_t value = 0;
        while (is_digit(*text)) {
            if (text - exponent == 4) return nullptr;
            value = value * 10 + (*text++ - '0');
        }
        if (text == exponent) return nullptr;
        power += is_down ? -value : value;
    }
    field.tag = WEIR_JSON_DOUBLE;
    // At most 19 digits do not overflow.
    if (count <= 19 && digits <= (uint64_t(1) << 53) && power >= -22 && power <= 22) {
        double value = double(digits);
        value = power < 0 ? value / powers[-power] : value * powers[power];
        field.number = is_negative ? -value : value;
        return text;
    }
    const char *from = reinterpret_cast<const char *>(start);
    const char *to = reinterpret_cast<const char *>(text);
    auto result = std::from_chars(from, to, field.number);
    double magnitude = std::fabs(field.number);
    bool is_sure = result.ec == std::errc() && result.ptr == to && magnitude > 1e-300 && magnitude < 1e300;
    return is_sure ? text : nullptr;
}

// What follows a number that nobody wants, or null: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
inline const uint8_t *skip_number(const uint8_t *text) {
    if (*text == '-') text++;
    const uint8_t *first = text;
    while (is_digit(*text)) text++;
    if (text == first || (*first == '0' && text - first > 1)) return nullptr;
    if (*text == '.') {
        first = ++text;
        while (is_digit(*text)) text++;
        if (text == first) return nullptr;
    }
    if ((*text | 0x20) == 'e') {
        text++;
        if (*text == '+' || *text == '-') text++;
        first = text;
        while (is_digit(*text)) text++;
        if (text == first) return nullptr;
    }
    return text;
}

inline const uint8_t *skip_word(const uint8_t *text, const char *word, size_t length) {
    return std::memcmp(text, word, length) == 0 ? text + length : nullptr;
}

// What follows a value that is no container and that nobody wants, or null.
inline const uint8_t *skip_scalar(const uint8_t *at) {
    switch (*at) {
    case '"': {
        Text text = read_text(at + 1);
        return text.is_right() ? text.end + 1 : nullptr;
    }
    case 't': return skip_word(at, "true", 4);
    case 'f': return skip_word(at, "false", 5);
    case 'n': return skip_word(at, "null", 4);
    default: return skip_number(at);
    }
}

// What follows a container, or null. `at` is behind its opening bracket. Counts the strings among its own elements in `texts`, and says
// in `only_texts` whether there was nothing else.
const uint8_t *skip_container(const uint8_t *at, bool is_array, uint32_t &texts, bool &only_texts) {
    uint64_t arrays = is_array;  // A bit a level, the innermost lowest.
    int depth = 1;
    texts = 0;
    only_texts = is_array;
    bool is_fresh = true;
    for (;;) {
        at = skip_blank(at);
        bool in_array = arrays & 1;
        bool is_closed = is_fresh && *at == (in_array ? ']' : '}');
        if (!is_closed) {
            if (!in_array) {
                if (*at != '"') return nullptr;
                Text key = read_text(at + 1);
                if (!key.is_right()) return nullptr;
                at = skip_blank(key.end + 1);
                if (*at != ':') return nullptr;
                at = skip_blank(at + 1);
            }
            uint8_t first = *at;
            if (first == '{' || first == '[') {
                if (depth == depth_max) return nullptr;
                if (depth == 1) only_texts = false;
                arrays = arrays << 1 | (first == '[');
                depth++;
                at++;
                is_fresh = true;
                continue;
            }
            at = skip_scalar(at);
            if (!at) return nullptr;
            if (depth == 1) {
                texts += first == '"';
                only_texts = only_texts && first == '"';
            }
        }
        // What follows a value, as often as containers end.
        for (;;) {
            at = skip_blank(at);
            uint8_t byte = *at++;
            if (byte == ',' && !is_closed) break;
            if (byte != ((arrays & 1) ? ']' : '}')) return nullptr;
            arrays >>= 1;
            if (--depth == 0) return at;
            is_closed = false;
        }
        is_fresh = false;
    }
}

// What follows a value that nobody wants, or null.
inline const uint8_t *skip_value(const uint8_t *at) {
    if (*at != '{' && *at != '[') return skip_scalar(at);
    uint32_t texts;
    bool only_texts;
    return skip_container(at + 1, *at == '[', texts, only_texts);
}

// Takes a wanted value into its slot. Returns what follows it, or null.
inline const uint8_t *read_field(const uint8_t *at, int slot, weir_json_line &line) {
    weir_json_field &field = line.fields[slot];
    switch (*at) {
    case '"': {
        unsigned id = unsigned(slot - WEIR_EVENT_ID);
        if (id < WEIR_ID_COUNT && at[37] == '"' && weir_read_uuid(at + 1, line.ids[id])) {
            field.tag = WEIR_JSON_UUID;
            field.length = 36;
            field.text = at + 1;
            return at + 38;
        }
        Text text = read_text(at + 1);
        if (text.has_escapes || !text.is_right()) return nullptr;
        field.tag = WEIR_JSON_STRING;
        field.length = uint32_t(text.end - text.start);
        field.text = text.start;
        return text.end + 1;
    }
    case 't':
        field.tag = WEIR_JSON_BOOL;
        field.integer = 1;
        return skip_word(at, "true", 4);
    case 'f':
        field.tag = WEIR_JSON_BOOL;
        field.integer = 0;
        return skip_word(at, "false", 5);
    case 'n':
        field.tag = WEIR_JSON_NULL;
        return skip_word(at, "null", 4);
    case '{':
    case '[': {
        bool only_texts;
        const uint8_t *end = skip_container(at + 1, *at == '[', field.length, only_texts);
        field.tag = only_texts ? WEIR_JSON_TEXTS : WEIR_JSON_OTHER;
        return end;
    }
    default:
        return read_number(at, field);
    }
}

// Remembers that a key followed another. Returns its place.
int remember(weir_json_scanner &scanner, int before, const uint8_t *text, size_t length, int slot) {
    int place = 1;
    for (; place < scanner.count; place++) {
        const Key &key = scanner.keys[place];
        if (size_t(key.length) == length && std::memcmp(key.text, text, length) == 0) break;
    }
    if (place == scanner.count) {
        if (place == weir_json_scanner::keys_max) {
            scanner.forget();
            return 0;
        }
        Key &key = scanner.keys[scanner.count++];
        std::memset(&key, 0, sizeof key);
        std::memcpy(key.text, text, length);
        key.mask = length == 32 ? ~0u : (1u << length) - 1;
        key.length = int32_t(length);
        key.slot = slot;
    }
    uint8_t *successors = scanner.keys[before].successors;
    // A further one takes the place of the last.
    int last = 0;
    while (last < Key::successors_max - 1 && successors[last]) last++;
    successors[last] = uint8_t(place);
    return place;
}

// A key that comes at a place where it was not expected.
struct Found {
    // The value; null when there is no key.
    const uint8_t *value;
    int slot;
    // Where the key is remembered; 0 when it is not.
    int place;
};

// Reads a comma or an opening brace, a key and a colon.
Found find_key(weir_json_scanner &scanner, int before, const uint8_t *at) {
    Found none{nullptr, WEIR_NO_SLOT, 0};
    const uint8_t *quote = skip_blank(at + 1);
    if (*quote != '"') return none;
    Text key = read_text(quote + 1);
    if (key.has_escapes || !key.is_right()) return none;
    const uint8_t *colon = skip_blank(key.end + 1);
    if (*colon != ':') return none;
    const uint8_t *value = skip_blank(colon + 1);
    Found found{value, weir_slot_of(reinterpret_cast<const char *>(key.start), size_t(key.end - key.start)), 0};
    size_t length = size_t(value - at);
    if (length <= Key::bytes_max && scanner.lessons > 0) {
        scanner.lessons--;
        found.place = remember(scanner, before, at, length, found.slot);
    }
    return found;
}

struct Envelope {
    bool has_version = false;
    bool has_payload = false;
    weir_json_line *payload;
};

// Reads an object that begins at `at`. Returns what follows it, or null. The last of equal keys wins.
//
// - before: the remembered key that the object is the value of.
const uint8_t *read_object(
    weir_json_scanner &scanner, int before, const uint8_t *at, weir_json_line &line, Envelope *envelope) {
    if (*skip_blank(at + 1) == '}') return skip_blank(at + 1) + 1;
    for (;;) {
        int slot = WEIR_NO_SLOT;
        const uint8_t *value = nullptr;
        for (uint8_t place : scanner.keys[before].successors) {
            if (!place) break;
            const Key &key = scanner.keys[place];
            if (key.begins(at)) {
                value = at + key.length;
                slot = key.slot;
                before = place;
                break;
            }
        }
        if (!value) {
            Found found = find_key(scanner, before, at);
            if (!found.value) return nullptr;
            value = found.value;
            slot = found.slot;
            before = found.place;
        }
        if (slot >= 0) {
            at = read_field(value, slot, line);
        } else if (slot == WEIR_PAYLOAD && envelope) {
            envelope->has_payload = *value == '{';
            if (envelope->has_payload) {
                std::memset(envelope->payload->fields, 0, sizeof envelope->payload->fields);
                at = read_object(scanner, before, value, *envelope->payload, nullptr);
            } else {
                at = skip_value(value);
            }
        } else {
            if (slot == WEIR_ENVELOPE_VERSION && envelope) envelope->has_version = true;
            at = skip_value(value);
        }
        if (!at) return nullptr;
        if (*at == ',') continue;
        at = skip_blank(at);
        if (*at == '}') return at + 1;
        if (*at != ',') return nullptr;
    }
}

}  // namespace

extern "C" weir_json_scanner *weir_json_scanner_create(void) {
    auto *scanner = new (std::nothrow) weir_json_scanner;
    if (scanner) scanner->forget();
    return scanner;
}

extern "C" void weir_json_scanner_destroy(weir_json_scanner *scanner) { delete scanner; }

extern "C" ptrdiff_t weir_json_scan_line(weir_json_scanner *scanner, const uint8_t *bytes, weir_json_line *line) {
    const uint8_t *start = skip_blank(bytes);
    if (*start != '{') return -1;
    if (scanner->lessons < weir_json_scanner::keys_max) scanner->lessons++;
    weir_json_line payload;
    Envelope envelope;
    envelope.payload = &payload;
    std::memset(line->fields, 0, sizeof line->fields);
    const uint8_t *end = read_object(*scanner, 0, start, *line, &envelope);
    if (!end) return -1;
    end = skip_blank(end);
    if (*end != '\n') return -1;
    if (envelope.has_version && envelope.has_payload) {
        if (weir_is_missing(payload.fields[WEIR_EVENT_TYPE])) {
            payload.fields[WEIR_EVENT_TYPE] = line->fields[WEIR_EVENT_TYPE];
        }
        if (weir_is_missing(payload.fields[WEIR_CORRELATION_ID])) {
            payload.fields[WEIR_CORRELATION_ID] = line->fields[WEIR_CORRELATION_ID];
            payload.ids[WEIR_CORRELATION_ID - WEIR_EVENT_ID] =
                line->ids[WEIR_CORRELATION_ID - WEIR_EVENT_ID];
        }
        *line = payload;
    }
    return end - bytes;
}
